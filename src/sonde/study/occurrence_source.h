// Examples that are tokens in documents: each occurrence of a target token, with a window of tokens around it
// and its target as the class. A model reads the window's tokens as they are, without special tokens.
#pragma once

#include <vector>

#include "sonde/data/occurrences.h"
#include "sonde/hub/fetch.h"
#include "sonde/study/example_source.h"

namespace sonde::study {

/// Occurrences in the texts of a table as a source.
class OccurrenceSource : public ExampleSource {
 public:
  /// Locate the table. Errors: as hub::locate_data.
  OccurrenceSource(data::OccurrenceOptions options, DataSpec spec, const hub::Settings& hub,
                   const RunContext& context);

  /// Read the documents and find the occurrences. Classes are the targets without spaces around them, groups
  /// the documents (or what the group column says of them), texts the decoded windows.
  /// Errors: input for a target that is no single token of the tokenizer (saying into which it falls) or
  /// that another target equals; as data::find_occurrences and read_rows.
  SourcedExamples read(const text::Tokenizer& tokenizer, const RunContext& context) override;
  /// Errors: input when a window is longer than the model's longest text.
  text::TokenBatch tokens(const ChosenRows& rows, const Encoding& encoding,
                          const RunContext& context) const override;
  DataSpec resolved() const override;
  DataSpec described() const override;
  std::string digest() const override;

 private:
  std::int64_t width() const { return options_.before + 1 + options_.after; }
  void take(const data::Occurrences& found, const data::TokenStream& stream, const text::Tokenizer& tokenizer,
            const data::Examples& documents, SourcedExamples& made);

  data::OccurrenceOptions options_;
  DataSpec spec_;
  hub::DataLocation location_;
  std::vector<std::int32_t> windows_;  // [n · width] token ids of the examples as read
};

/// Give the window around the first target of each text, as a model reads those of a study.
/// Errors: input naming the first text without a target that has room for its window.
text::TokenBatch windows_in_texts(const data::OccurrenceOptions& options,
                                  std::span<const std::string_view> texts, const Encoding& encoding,
                                  const RunContext& context);

}  // namespace sonde::study
