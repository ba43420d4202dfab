// Examples from the rows of a table, or of one for training and one for tests: a column of texts as they
// stand, or prompts that templates make of several columns.
#pragma once

#include <string>
#include <vector>

#include "sonde/data/templates.h"
#include "sonde/hub/fetch.h"
#include "sonde/study/example_source.h"

namespace sonde::study {

/// A table as a source.
class TableSource : public ExampleSource {
 public:
  /// Locate the tables. `split_column` names the part of a row; empty: none is read.
  /// Errors: usage for a malformed template; as hub::locate_data.
  TableSource(DataSpec spec, std::string split_column, const hub::Settings& hub, const RunContext& context);

  /// Read the tables. Errors: as tables::read_table and data::build_examples say.
  SourcedExamples read();
  SourcedExamples read(const text::Tokenizer& tokenizer, const RunContext& context) override;
  text::TokenBatch tokens(const ChosenRows& rows, const Encoding& encoding,
                          const RunContext& context) const override;
  std::int64_t prompts() const override;
  DataSpec resolved() const override;
  DataSpec described() const override { return spec_; }
  std::string digest() const override;

  /// Give the files of the first table.
  const std::vector<std::string>& files() const { return location_.files; }

 private:
  data::Examples read_one(const std::string& name, const std::vector<std::string>& files);

  DataSpec spec_;
  std::string split_column_;
  std::vector<data::Template> templates_;
  hub::DataLocation location_, test_location_;
  std::vector<std::string> prompts_;  // [n · prompts] of the examples as read
};

/// Give the column that is shown of a row: the one named, else the first that a template asks for.
std::string text_column(const DataSpec& spec);

/// Parse the templates of a study for a table whose texts stand in `text_column`: {text} and the study's own
/// text column mean that one. Errors: usage, as data::Template.
std::vector<data::Template> templates_of(const DataSpec& spec, const std::string& text_column);

}  // namespace sonde::study
