#include "sonde/data/examples.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "sonde/core/error.h"
#include "sonde/core/gather.h"
#include "sonde/core/nearest.h"
#include "sonde/data/targets.h"

namespace sonde::data {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

void check_lengths(const ExampleColumns& columns, std::size_t rows) {
  for (const auto* column :
       {&columns.texts, &columns.labels, &columns.groups, &columns.ids, &columns.split}) {
    SONDE_ASSERT(column->empty() || column->size() == rows);
  }
}

// Rows that lack a cell, for one message about all of them.
struct Missing {
  std::int64_t count = 0;
  std::vector<std::int64_t> first;  // 1-based

  void add(std::int64_t row) {
    if (++count <= 5) first.push_back(row);
  }
  void refuse(std::string_view cell) const {
    if (count == 0) return;
    throw Error(ErrorCode::input,
                {.where = "data",
                 .what = fmt::format("{} row{} without a {}", count, count == 1 ? "" : "s", cell),
                 .got = fmt::format("row{} {}{}", count == 1 ? "" : "s", fmt::join(first, ", "),
                                    count > static_cast<std::int64_t>(first.size()) ? ", …" : ""),
                 .expected = fmt::format("a {} in every row", cell),
                 .hint = "fill or delete these rows, or leave them out with --missing skip"});
  }
};

// Turns names into indices in order of first appearance.
class Names {
 public:
  std::int64_t index_of(std::string_view name) {
    const auto [found, fresh] = index_.emplace(std::string(name), static_cast<std::int64_t>(names_.size()));
    if (fresh) names_.emplace_back(name);
    return found->second;
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::unordered_map<std::string, std::int64_t> index_;
  std::vector<std::string> names_;
};

void check_kept_labels_occur(const ExampleRules& rules, std::span<const std::string_view> labels) {
  for (const std::string& wanted : rules.keep_labels) {
    if (std::ranges::find(labels, wanted) != labels.end()) continue;
    Names known;
    for (const std::string_view label : labels) known.index_of(label);
    throw Error(ErrorCode::input, {.where = "data",
                                   .what = fmt::format("no row has the label '{}'", wanted),
                                   .hint = did_you_mean(wanted, known.take())});
  }
}

// The rows that become examples, in order; counts the others into `examples`.
std::vector<std::size_t> chosen_rows(const ExampleColumns& columns, const ExampleRules& rules,
                                     Examples& examples) {
  std::vector<std::size_t> rows;
  Missing text, label;
  for (std::size_t i = 0; i < static_cast<std::size_t>(examples.data_rows); ++i) {
    const std::int64_t number = static_cast<std::int64_t>(i) + 1;
    const std::string_view name = columns.labels.empty() ? std::string_view{} : columns.labels[i];
    const bool kept = rules.keep_labels.empty() || contains(rules.keep_labels, name);
    if (!columns.labels.empty() && !is_blank(name) && (!kept || contains(rules.drop_labels, name))) {
      ++examples.dropped_labels;
      continue;
    }
    const bool no_text = !columns.texts.empty() && is_blank(columns.texts[i]);
    const bool no_label = !columns.labels.empty() && is_blank(name);
    if (no_text) text.add(number);
    if (no_label) label.add(number);
    if (no_text || no_label) {
      ++examples.skipped_missing;
    } else {
      rows.push_back(i);
    }
  }
  if (rules.missing == MissingRows::refuse) {
    text.refuse("text");
    label.refuse("label");
  }
  return rows;
}

// Numbers the classes from their names anew; `names` may hold more than occur.
void number_classes(const std::vector<std::string>& names, Examples& examples) {
  std::set<std::string_view> used;
  for (const std::int32_t label : examples.labels) used.insert(names[label]);
  examples.classes.assign(used.begin(), used.end());
  sort_class_names(examples.classes);
  std::unordered_map<std::string_view, std::int32_t> id;
  for (const std::string& name : examples.classes) id.emplace(name, static_cast<std::int32_t>(id.size()));
  for (std::int32_t& label : examples.labels) label = id.at(names[label]);
}

void fill_labels(const ExampleColumns& columns, const std::vector<std::size_t>& rows, Examples& examples) {
  if (columns.labels.empty()) return;
  Names names;
  for (const std::size_t row : rows)
    examples.labels.push_back(static_cast<std::int32_t>(names.index_of(columns.labels[row])));
  number_classes(names.take(), examples);
}

template <class T>
void extend(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

void fill_texts(std::span<const std::string_view> column, const std::vector<std::size_t>& rows,
                std::vector<std::string>& target) {
  if (column.empty()) return;
  for (const std::size_t row : rows) target.emplace_back(column[row]);
}

}  // namespace

void sort_class_names(std::vector<std::string>& names) {
  const bool numbers =
      std::ranges::all_of(names, [](const std::string& name) { return parse_number(name).has_value(); });
  std::ranges::sort(names, [numbers](const std::string& a, const std::string& b) {
    if (!numbers) return a < b;
    const double x = *parse_number(a), y = *parse_number(b);
    return x != y ? x < y : a < b;
  });
}

std::vector<std::int64_t> Examples::class_counts() const {
  std::vector<std::int64_t> counts(classes.size());
  for (const std::int32_t label : labels) ++counts[label];
  return counts;
}

Examples build_examples(const ExampleColumns& columns, const ExampleRules& rules) {
  Examples examples;
  const std::size_t rows = std::max({columns.texts.size(), columns.labels.size(), columns.groups.size(),
                                     columns.ids.size(), columns.split.size()});
  check_lengths(columns, rows);
  examples.data_rows = static_cast<std::int64_t>(rows);
  if (rows == 0) throw Error(ErrorCode::input, {.where = "data", .what = "there are no rows"});
  check_kept_labels_occur(rules, columns.labels);
  const std::vector<std::size_t> chosen = chosen_rows(columns, rules, examples);
  if (chosen.empty()) {
    throw Error(ErrorCode::input, {.where = "data",
                                   .what = "no row is left",
                                   .got = fmt::format("{} rows without text or label, {} dropped by label",
                                                      examples.skipped_missing, examples.dropped_labels),
                                   .expected = "at least one row with text and label",
                                   .hint = "check the names of the columns"});
  }
  for (const std::size_t row : chosen) {
    examples.places.push_back(examples.size());
    examples.rows.push_back(static_cast<std::int64_t>(row) + 1);
  }
  fill_texts(columns.texts, chosen, examples.texts);
  fill_texts(columns.ids, chosen, examples.ids);
  fill_texts(columns.split, chosen, examples.split);
  fill_labels(columns, chosen, examples);
  if (!columns.groups.empty()) {
    Names names;
    for (const std::size_t row : chosen) examples.groups.push_back(names.index_of(columns.groups[row]));
    examples.group_names = names.take();
  }
  return examples;
}

Examples pick(const Examples& examples, std::span<const std::int64_t> chosen) {
  Examples some{.texts = gathered(examples.texts, chosen),
                .labels = gathered(examples.labels, chosen),
                .targets = gathered(examples.targets, chosen),
                .groups = gathered(examples.groups, chosen),
                .group_names = examples.group_names,
                .ids = gathered(examples.ids, chosen),
                .split = gathered(examples.split, chosen),
                .rows = gathered(examples.rows, chosen),
                .places = gathered(examples.places, chosen),
                .data_rows = examples.data_rows,
                .skipped_missing = examples.skipped_missing,
                .dropped_labels = examples.dropped_labels};
  number_classes(examples.classes, some);
  return some;
}

Examples join(const Examples& first, const Examples& second) {
  Examples both = first;
  extend(both.texts, second.texts);
  extend(both.targets, second.targets);
  extend(both.ids, second.ids);
  extend(both.split, second.split);
  extend(both.rows, second.rows);
  for (const std::int64_t place : second.places) both.places.push_back(first.size() + place);
  std::vector<std::string> names = first.classes;
  extend(names, second.classes);
  for (const std::int32_t label : second.labels)
    both.labels.push_back(static_cast<std::int32_t>(first.classes.size()) + label);
  number_classes(names, both);
  Names groups;
  for (const std::string& name : first.group_names) groups.index_of(name);
  for (const std::int64_t group : second.groups)
    both.groups.push_back(groups.index_of(second.group_names[group]));
  both.group_names = groups.take();
  both.data_rows += second.data_rows;
  both.skipped_missing += second.skipped_missing;
  both.dropped_labels += second.dropped_labels;
  return both;
}

void require_two_classes(const Examples& examples) {
  if (examples.classes.size() >= 2) return;
  throw Error(ErrorCode::input,
              {.where = "labels",
               .what = "all rows are of one class",
               .got = examples.classes.empty() ? "no labels" : fmt::format("'{}'", examples.classes[0]),
               .expected = "at least two classes",
               .hint = "is this the right label column?"});
}

}  // namespace sonde::data
