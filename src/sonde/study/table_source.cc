#include "sonde/study/table_source.h"

#include <fmt/format.h>

#include <filesystem>

#include "sonde/study/inputs.h"

namespace sonde::study {
namespace {

// A table for tests on a hub may say its own revision; if it does not, that of the data holds for it.
bool names_revision(const std::string& address) { return address.find('@') != std::string::npos; }

std::string revision_of_test(const DataSpec& spec) {
  return hub::is_data_address(spec.test_file) && !names_revision(spec.test_file) ? spec.revision : "";
}

// hf://datasets/OWNER/NAME/PATH with the revision that was read.
std::string pinned(const std::string& address, const std::string& revision) {
  if (names_revision(address)) return address;
  const std::size_t owner = address.find('/', address.find("datasets/")) + 1;
  const std::size_t name_end = address.find('/', address.find('/', owner) + 1);
  return fmt::format("{}@{}{}", address.substr(0, name_end), revision, address.substr(name_end));
}

}  // namespace

std::string text_column(const DataSpec& spec) {
  if (!spec.text.empty() || spec.templates.empty()) return spec.text;
  return data::Template(spec.templates.front()).placeholders().front();
}

std::vector<data::Template> templates_of(const DataSpec& spec, const std::string& text_column) {
  std::vector<data::Template> templates;
  for (const std::string& text : spec.templates) {
    templates.emplace_back(text);
    templates.back().rename(spec.text.empty() ? study::text_column(spec) : spec.text, text_column);
    templates.back().rename("text", text_column);
  }
  return templates;
}

TableSource::TableSource(DataSpec spec, std::string split_column, const hub::Settings& hub,
                         const RunContext& context)
    : spec_(std::move(spec)), split_column_(std::move(split_column)) {
  spec_.text = text_column(spec_);
  templates_ = templates_of(spec_, spec_.text);
  location_ = hub::locate_data(spec_.file, spec_.revision, hub, context);
  if (!spec_.test_file.empty())
    test_location_ = hub::locate_data(spec_.test_file, revision_of_test(spec_), hub, context);
}

data::Examples TableSource::read_one(const std::string& name, const std::vector<std::string>& files) {
  DataSpec spec = spec_;
  spec.file = name;
  TableRows rows = read_rows(spec, files, {.split = split_column_, .templates = templates_});
  for (std::string& prompt : rows.prompts) prompts_.push_back(std::move(prompt));
  return std::move(rows.examples);
}

SourcedExamples TableSource::read() {
  SourcedExamples made{.examples = read_one(spec_.file, location_.files)};
  for (const hub::DataLocation* location : {&location_, &test_location_}) {
    if (!location->note.empty()) made.warnings.push_back({.code = "hub", .message = location->note});
  }
  if (spec_.test_file.empty()) return made;
  const data::Examples test = read_one(spec_.test_file, test_location_.files);
  made.test_rows = test.size();
  made.examples = data::join(made.examples, test);
  return made;
}

SourcedExamples TableSource::read(const text::Tokenizer&, const RunContext&) { return read(); }

std::int64_t TableSource::prompts() const {
  return templates_.empty() ? 1 : static_cast<std::int64_t>(templates_.size());
}

text::TokenBatch TableSource::tokens(const ChosenRows& rows, const Encoding& encoding,
                                     const RunContext& context) const {
  if (templates_.empty()) return ExampleSource::tokens(rows, encoding, context);
  std::vector<std::string_view> texts;
  for (const std::int64_t place : rows.places) {
    for (std::int64_t k = 0; k < prompts(); ++k) texts.push_back(prompts_[place * prompts() + k]);
  }
  return encoding.tokenizer->encode(texts, {.max_length = encoding.max_length}, context);
}

DataSpec TableSource::resolved() const {
  DataSpec spec = spec_;
  spec.revision = location_.revision;
  const auto make_absolute = [](const hub::DataLocation& location, std::string& path) {
    if (location.revision.empty() && !path.empty())
      path = std::filesystem::absolute(path).lexically_normal().string();
  };
  make_absolute(location_, spec.file);
  make_absolute(test_location_, spec.test_file);
  if (!test_location_.revision.empty()) spec.test_file = pinned(spec.test_file, test_location_.revision);
  return spec;
}

std::string TableSource::digest() const {
  std::vector<std::string> files = location_.files;
  files.insert(files.end(), test_location_.files.begin(), test_location_.files.end());
  return digest_of(files);
}

}  // namespace sonde::study
