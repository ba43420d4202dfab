#include "sonde/study/division.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/data/sampled_split.h"

namespace sonde::study {
namespace {

constexpr const char* kSample = "sample";

data::LeakInput leak_input(const data::Examples& e) {
  return {.texts = e.texts, .groups = e.groups, .ids = e.ids, .data_rows = e.rows};
}

data::SplitInput split_input(const data::Examples& e) {
  return {.rows = e.size(),
          .labels = e.labels,
          .classes = e.classes,
          .groups = e.groups,
          .column = e.split,
          .data_rows = e.rows,
          .group_names = e.group_names,
          .targets = e.targets};
}

// Lays out those rows of a part that are used, in the order in which they were drawn.
RowRange append_part(const DividedExamples& divided, const std::vector<std::int64_t>& used, data::Part part,
                     std::vector<std::int64_t>& order) {
  RowRange range{static_cast<std::int64_t>(order.size()), 0};
  const std::vector<std::int64_t>& drawn = divided.split.drawn;
  for (const std::int64_t row : drawn.empty() ? used : drawn) {
    if (divided.split.parts[row] == part && std::ranges::binary_search(used, row)) order.push_back(row);
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

void divide_into_folds(const SplitSpec& split, std::string_view leak_policy, DividedExamples& divided) {
  const data::Examples& e = divided.examples;
  divided.folds = data::make_folds(split_input(e), split);
  divided.split = {.parts = std::vector<data::Part>(e.size(), data::Part::test),
                   .method = split.method,
                   .seed = split.seed};
  divided.leaks = leaks_of_folds(leak_input(e), divided.folds);
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

// All rows are both parts. Nothing is compared: every row leaks, and a warning says so.
void leave_undivided(const SplitSpec& split, std::string_view leak_policy, DividedExamples& divided) {
  if (data::leak_policy(leak_policy) != data::LeakPolicy::warn) {
    throw Error(ErrorCode::usage, {.where = "leaks",
                                   .what = "every row of a resubstitution is on both sides",
                                   .got = std::string(leak_policy),
                                   .expected = "warn",
                                   .hint = "use warn, or divide the rows"});
  }
  const std::int64_t rows = divided.examples.size();
  divided.split = {
      .parts = std::vector<data::Part>(rows, data::Part::test), .method = split.method, .seed = split.seed};
  divided.order.resize(rows);
  std::iota(divided.order.begin(), divided.order.end(), 0);
  divided.train = divided.test = {0, rows};
  divided.valid = {rows, 0};
}

// Chooses the rows of every part, and their order. A sample keeps the order in which it drew them.
void choose_rows(const SplitSpec& split, const DivisionRules& rules, DividedExamples& divided) {
  const data::Examples& all = divided.examples;
  const data::TableSizes sizes{all.size() - rules.test_rows, rules.test_rows};
  divided.split = {.parts = {}, .method = split.method, .seed = split.seed};
  data::DrawnRows drawn;
  if (split.method == kSample) {
    drawn = data::cut_sample(sizes, *rules.sample);
  } else {
    if (rules.test_rows > 0) {
      divided.split.parts = data::parts_of_tables(split_input(all), sizes, split);
    } else {
      divided.split = data::make_split(split_input(all), split);
    }
    if (!rules.sample || (!rules.sample->counts_parts() && rules.test_rows == 0)) return;
    drawn = data::draw_parts(divided.split, *rules.sample);
  }
  divided.examples = data::pick(all, drawn.rows);
  divided.split.parts = std::move(drawn.parts);
  divided.split.drawn.clear();  // the sample has an order of its own
}

void divide_once(const SplitSpec& split, const DivisionRules& rules, DividedExamples& divided) {
  choose_rows(split, rules, divided);
  data::check_parts(split_input(divided.examples), divided.split);
  divided.leaks = data::find_leaks(leak_input(divided.examples), divided.split);
  const std::vector<std::int64_t> rows =
      data::rows_to_use(divided.leaks, divided.split, data::leak_policy(rules.leaks));
  divided.train = append_part(divided, rows, data::Part::train, divided.order);
  divided.valid = append_part(divided, rows, data::Part::valid, divided.order);
  divided.test = append_part(divided, rows, data::Part::test, divided.order);
}

void lay_out(DividedExamples& divided) {
  const data::Examples& e = divided.examples;
  for (std::size_t i = 0; i < divided.order.size(); ++i) {
    const std::int64_t row = divided.order[i];
    divided.data_rows.push_back(e.rows[row]);
    divided.places.push_back(e.places[row]);
    if (!e.texts.empty()) divided.texts.push_back(e.texts[row]);
    if (!e.labels.empty()) divided.labels.push_back(e.labels[row]);
    if (!e.targets.empty()) divided.targets.push_back(e.targets[row]);
    if (!e.groups.empty()) divided.groups.push_back(e.groups[row]);
    if (std::binary_search(divided.leaks.leaking.begin(), divided.leaks.leaking.end(), row)) {
      divided.leaking.push_back(static_cast<std::int64_t>(i));
    }
  }
}

void check(const DivisionRules& rules) {
  const bool whole = data::makes_folds(rules.split.method) || rules.split.method == kResubstitution;
  const auto refuse = [&](const char* where, const char* hint) {
    throw Error(ErrorCode::usage, {.where = where,
                                   .what = fmt::format("method '{}' tests every row", rules.split.method),
                                   .hint = hint});
  };
  if (whole && rules.test_rows > 0) refuse("[data] test_file", "leave the table for tests out");
  if (whole && rules.sample && rules.sample->counts_parts()) refuse("[sample]", "give count alone");
  SONDE_ASSERT(rules.split.method != kSample || rules.sample);
}

}  // namespace

data::Examples sampled(data::Examples examples, const DivisionRules& rules) {
  if (!rules.sample || rules.sample->counts_parts() || rules.split.method == kSample) return examples;
  if (rules.test_rows > 0) {
    if (rules.sample->count == 0) return examples;
    throw Error(ErrorCode::usage, {.where = "[sample] count",
                                   .what = "rows come from two tables, and one count does not say whose",
                                   .expected = "train, valid and test",
                                   .hint = "count the parts"});
  }
  return data::pick(examples, data::Sampler(*rules.sample).draw(examples.size(), rules.sample->count));
}

DividedExamples divide(data::Examples examples, const DivisionRules& rules) {
  check(rules);
  DividedExamples divided{.examples = std::move(examples)};
  const data::Examples& e = divided.examples;
  SplitSpec split = rules.split;
  if (e.labels.empty() && split.method == "stratified") split.method = "random";
  if (e.labels.empty() && split.method == "stratified_kfold") split.method = "kfold";
  divided.groups_whole = split.method == "grouped" || split.method == "group_kfold" ||
                         (split.method == "nested" && !e.groups.empty());
  if (data::makes_folds(split.method)) {
    divide_into_folds(split, rules.leaks, divided);
    divided.order.resize(e.size());
    std::iota(divided.order.begin(), divided.order.end(), 0);
    divided.test.count = e.size();
  } else if (split.method == kResubstitution) {
    leave_undivided(split, rules.leaks, divided);
  } else {
    divide_once(split, rules, divided);
  }
  lay_out(divided);
  return divided;
}

}  // namespace sonde::study
