#include "sonde/study/inputs.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/files/digest.h"
#include "sonde/tables/table.h"

namespace sonde::study {
namespace {

// Views of a column, or nothing when the study names none.
std::vector<std::string_view> views_of(const tables::Table& table, std::string_view name) {
  return name.empty() ? std::vector<std::string_view>() : table.column(name).views();
}

tables::Table read_columns(const DataSpec& spec, std::span<const std::string> files,
                           const ExtraColumns& extra) {
  tables::TableRequest request{.path = spec.file, .format = spec.format, .rows = spec.limit};
  const auto add = [&](std::string_view name) {
    const bool known = std::ranges::find(request.columns, name) != request.columns.end();
    if (!name.empty() && !known) request.columns.emplace_back(name);
  };
  for (const std::string& name : {spec.text, spec.label, spec.group, spec.id}) add(name);
  add(extra.split);
  for (const data::Template& text : extra.templates) {
    for (const std::string& name : text.placeholders()) add(name);
  }
  return tables::read_table(request, files);
}

data::Examples examples_of(const DataSpec& spec, const tables::Table& table, std::string_view split_column) {
  const auto texts = views_of(table, spec.text), labels = views_of(table, spec.label);
  const auto groups = views_of(table, spec.group), ids = views_of(table, spec.id),
             split = views_of(table, split_column);
  const auto missing = spec.missing == "skip" ? data::MissingRows::skip : data::MissingRows::refuse;
  try {
    return data::build_examples(
        {.texts = texts, .labels = labels, .groups = groups, .ids = ids, .split = split},
        {.missing = missing});
  } catch (const Error& error) {
    // The rules know rows, not files.
    ErrorParts parts = error.parts();
    parts.where = parts.where == "data" ? spec.file : fmt::format("{}, {}", spec.file, parts.where);
    parts.path = spec.file;
    throw Error(error.code(), std::move(parts));
  }
}

}  // namespace

std::string digest_of(std::span<const std::string> files) {
  files::Sha256 digest;
  for (const std::string& file : files) digest.update_from_file(file);
  return digest.hex();
}

TableRows read_rows(const DataSpec& spec, std::span<const std::string> files, const ExtraColumns& extra) {
  const tables::Table table = read_columns(spec, files, extra);
  TableRows rows{.examples = examples_of(spec, table, extra.split)};
  for (const std::int64_t row : rows.examples.rows) {
    for (const data::Template& text : extra.templates) {
      std::vector<std::string_view> values;
      for (const std::string& name : text.placeholders()) values.push_back(table.column(name)[row - 1]);
      rows.prompts.push_back(text.fill(values));
    }
  }
  return rows;
}

}  // namespace sonde::study
