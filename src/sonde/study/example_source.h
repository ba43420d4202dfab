// Where the examples of a study come from. A source makes all of them once, and later gives the tokens of
// those that are used; how they are sampled, divided and judged is the same for all.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/data/examples.h"
#include "sonde/hub/settings.h"
#include "sonde/result/result.h"
#include "sonde/study/spec.h"
#include "sonde/text/tokenizer.h"

namespace sonde::study {

/// What a source made.
struct SourcedExamples {
  data::Examples examples;
  std::int64_t test_rows = 0;             ///< the last examples, which came from a table for tests
  std::vector<result::Warning> warnings;  ///< what the reader must know of how they were made
};

/// How a source's texts become tokens.
struct Encoding {
  const text::Tokenizer* tokenizer = nullptr;
  std::int64_t max_length = 0;
};

/// Some of a source's examples, in an order. Shapes: [n].
struct ChosenRows {
  std::span<const std::string_view> texts;
  std::span<const std::int64_t> places;  ///< which of the examples first read each is
};

/// A source of examples.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  /// Make the examples. Errors: as each source says.
  virtual SourcedExamples read(const text::Tokenizer& tokenizer, const RunContext& context) = 0;
  /// Give the tokens of some examples: prompts() texts for each, one after the other.
  virtual text::TokenBatch tokens(const ChosenRows& rows, const Encoding& encoding,
                                  const RunContext& context) const;
  /// Count the texts that a model reads of one example.
  virtual std::int64_t prompts() const { return 1; }
  /// Give the section [data] with paths that hold anywhere and the revision that was read.
  virtual DataSpec resolved() const = 0;
  /// Say what was read, in the words of a result: where it lies, or how it was made.
  virtual DataSpec described() const = 0;
  /// Give the SHA-256 of what the examples were made from.
  virtual std::string digest() const = 0;
};

/// Locate what a study's examples are made from; nothing is read yet.
/// Errors: as hub::locate_data.
std::unique_ptr<ExampleSource> open_source(const Study& study, const hub::Settings& hub,
                                           const RunContext& context);

}  // namespace sonde::study
