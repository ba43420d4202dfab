#include "sonde/study/inputs.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/files/digest.h"
#include "sonde/tables/table.h"

namespace sonde::study {
namespace {

// Views of a column, or nothing when the study names none.
std::vector<std::string_view> views_of(const tables::Table& table, std::string_view name) {
  return name.empty() ? std::vector<std::string_view>() : table.column(name).views();
}

RowRange append_part(const DividedExamples& divided, const std::vector<std::int64_t>& rows, data::Part part,
                     std::vector<std::int64_t>& order) {
  RowRange range{static_cast<std::int64_t>(order.size()), 0};
  for (const std::int64_t row : rows) {
    if (divided.split.parts[row] == part) order.push_back(row);
  }
  range.count = static_cast<std::int64_t>(order.size()) - range.first;
  return range;
}

// What stands in a fold's test part and in what its probe was fitted or chosen on, over all folds.
data::LeakReport leaks_of_folds(const data::LeakInput& input, const std::vector<data::Fold>& folds) {
  data::LeakReport all;
  for (const data::Fold& fold : folds) {
    const data::LeakReport one = data::find_leaks(input, {.parts = fold.parts});
    all.checked = one.checked;
    for (const data::LeakFinding& finding : one.findings) {
      if (finding.later != data::Part::test) continue;
      const auto same = std::ranges::find_if(all.findings, [&](const data::LeakFinding& known) {
        return known.kind == finding.kind && known.earlier == finding.earlier;
      });
      if (same == all.findings.end()) {
        all.findings.push_back(finding);
      } else {
        same->rows += finding.rows;
        same->values = std::max(same->values, finding.values);
      }
    }
    for (const std::int64_t row : one.leaking) {
      if (fold.parts[row] == data::Part::test) all.leaking.push_back(row);
    }
  }
  std::ranges::sort(all.leaking);
  return all;
}

void divide_into_folds(const data::SplitInput& input, const SplitSpec& split, std::string_view leak_policy,
                       DividedExamples& divided) {
  const data::Examples& e = divided.examples;
  divided.folds = data::make_folds(input, split);
  divided.split = {.parts = std::vector<data::Part>(e.size(), data::Part::test),
                   .method = split.method,
                   .seed = split.seed};
  divided.leaks = leaks_of_folds({.texts = e.texts, .groups = e.groups, .ids = e.ids, .data_rows = e.rows},
                                 divided.folds);
  const data::LeakPolicy policy = data::leak_policy(leak_policy);
  if (policy == data::LeakPolicy::drop) {
    throw Error(ErrorCode::usage,
                {.where = "leaks",
                 .what = "leaking rows of folds cannot be dropped: each copy leaks into the "
                         "training rows of the other's fold",
                 .hint = "give copies one group, or use warn or refuse"});
  }
  (void)data::rows_to_use(divided.leaks, divided.split, policy);
}

}  // namespace

std::string digest_of(std::span<const std::string> files) {
  files::Sha256 digest;
  for (const std::string& file : files) digest.update_from_file(file);
  return digest.hex();
}

data::Examples read_examples(const DataSpec& spec, std::span<const std::string> files,
                             std::string_view split_column) {
  tables::TableRequest request{.path = spec.file, .format = spec.format};
  for (const std::string_view name :
       {std::string_view(spec.text), std::string_view(spec.label), std::string_view(spec.group),
        std::string_view(spec.id), split_column}) {
    const bool known =
        std::find(request.columns.begin(), request.columns.end(), name) != request.columns.end();
    if (!name.empty() && !known) request.columns.emplace_back(name);
  }
  const tables::Table table = tables::read_table(request, files);
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

DividedExamples divide(data::Examples examples, const SplitSpec& spec, std::string_view leak_policy) {
  DividedExamples divided{.examples = std::move(examples)};
  const data::Examples& e = divided.examples;
  SplitSpec split = spec;
  if (e.labels.empty() && split.method == "stratified") split.method = "random";
  if (e.labels.empty() && split.method == "stratified_kfold") split.method = "kfold";
  const data::SplitInput input{.rows = e.size(),
                               .labels = e.labels,
                               .classes = e.classes,
                               .groups = e.groups,
                               .column = e.split,
                               .data_rows = e.rows,
                               .group_names = e.group_names};
  divided.groups_whole = split.method == "grouped" || split.method == "group_kfold" ||
                         (split.method == "nested" && !e.groups.empty());
  std::vector<std::int64_t> rows(e.size());
  std::iota(rows.begin(), rows.end(), 0);
  if (data::makes_folds(split.method)) {
    divide_into_folds(input, split, leak_policy, divided);
  } else {
    divided.split = data::make_split(input, split);
    divided.leaks = data::find_leaks(
        {.texts = e.texts, .groups = e.groups, .ids = e.ids, .data_rows = e.rows}, divided.split);
    rows = data::rows_to_use(divided.leaks, divided.split, data::leak_policy(leak_policy));
  }
  divided.train = append_part(divided, rows, data::Part::train, divided.order);
  divided.valid = append_part(divided, rows, data::Part::valid, divided.order);
  divided.test = append_part(divided, rows, data::Part::test, divided.order);
  for (std::size_t i = 0; i < divided.order.size(); ++i) {
    const std::int64_t row = divided.order[i];
    if (!e.texts.empty()) divided.texts.push_back(e.texts[row]);
    if (!e.labels.empty()) divided.labels.push_back(e.labels[row]);
    if (!e.targets.empty()) divided.targets.push_back(e.targets[row]);
    if (!e.groups.empty()) divided.groups.push_back(e.groups[row]);
    if (std::binary_search(divided.leaks.leaking.begin(), divided.leaks.leaking.end(), row)) {
      divided.leaking.push_back(static_cast<std::int64_t>(i));
    }
  }
  return divided;
}

}  // namespace sonde::study
