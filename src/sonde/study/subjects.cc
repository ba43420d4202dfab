#include "sonde/study/subjects.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <string_view>

#include "sonde/controls/refit.h"
#include "sonde/study/tasks.h"

namespace sonde::study {
namespace {

using controls::Division;
using controls::TypeKind;

std::vector<std::int64_t> rows_of(RowRange range) {
  std::vector<std::int64_t> rows(range.count);
  std::iota(rows.begin(), rows.end(), range.first);
  return rows;
}

std::vector<Division> divisions_of(const EvaluationInput& in) {
  if (in.folds.empty()) return {{rows_of(in.train), rows_of(in.valid), rows_of(in.test)}};
  std::vector<Division> divisions;
  for (const data::Fold& fold : in.folds)
    divisions.push_back(
        {fold.rows_of(data::Part::train), fold.rows_of(data::Part::valid), fold.rows_of(data::Part::test)});
  return divisions;
}

std::int64_t count_rows(const EvaluationInput& in) {
  return static_cast<std::int64_t>(std::max(in.labels.size(), in.targets.size()));
}

template <class Key>
std::vector<std::int64_t> numbered(std::int64_t rows, const Key& key_of) {
  std::map<decltype(key_of(0)), std::int64_t> seen;
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < rows; ++i)
    ids.push_back(seen.emplace(key_of(i), static_cast<std::int64_t>(seen.size())).first->second);
  return ids;
}

// Whether some type stands on both sides of a division.
bool cross(const std::vector<std::int64_t>& ids, std::span<const Division> divisions) {
  return std::ranges::any_of(divisions, [&](const Division& division) {
    std::set<std::int64_t> known;
    for (const std::int64_t row : division.train) known.insert(ids[row]);
    return std::ranges::any_of(division.test, [&](std::int64_t row) { return known.contains(ids[row]); });
  });
}

// The bytes of the features of an example.
std::string_view bytes_of(const FeatureSet& set, std::int64_t example) {
  const std::int64_t first = set.offsets.empty() ? example : set.offsets[example];
  const std::int64_t end = set.offsets.empty() ? example + 1 : set.offsets[example + 1];
  const float* begin = set.values.data + first * set.values.stride;
  return {reinterpret_cast<const char*>(begin),
          static_cast<std::size_t>((end - first - 1) * set.values.stride + set.values.cols) * sizeof(float)};
}

}  // namespace

Subjects::Subjects(const EvaluationInput& input, const EvaluationOptions& judging,
                   std::span<const std::int64_t> groups, const RunContext& context)
    : in_(input), judging_(judging), groups_(groups), context_(context), divisions_(divisions_of(input)) {}

// The token that a row stands for, where it stands for one; else the finest likeness that crosses the split,
// since only what crosses it can be remembered: the text, else the group, else the features themselves.
void Subjects::find_types(const FeatureSet& set) {
  const std::int64_t rows = count_rows(in_);
  const auto take = [&](std::vector<std::int64_t> ids, TypeKind kind) {
    types_ = std::move(ids);
    type_kind_ = kind;
  };
  if (!in_.tokens.empty()) return take({in_.tokens.begin(), in_.tokens.end()}, TypeKind::token);
  std::vector<std::int64_t> texts;
  if (!in_.texts.empty()) {
    texts = numbered(rows, [&](std::int64_t i) { return in_.texts[i]; });
    if (cross(texts, divisions_)) return take(std::move(texts), TypeKind::text);
  }
  std::vector<std::int64_t> groups(groups_.begin(), groups_.end());
  if (!groups.empty() && cross(groups, divisions_)) return take(std::move(groups), TypeKind::group);
  if (!texts.empty()) return take(std::move(texts), TypeKind::text);
  take(numbered(rows, [&](std::int64_t i) { return bytes_of(set, i); }), TypeKind::row);
}

controls::Subject Subjects::unfitted(const FittedEntry& entry, const FeatureSet& set) {
  const ProbeChoice& choice = judging_.probes[entry.choice];
  probes_.push_back(probes::make_probe(choice.kind, choice.options));
  const probes::Probe& probe = *probes_.back();
  if (types_.empty()) find_types(set);
  inputs_.push_back(part_input(in_, probe.input_kind(), set, {0, count_rows(in_)}));
  const bool numbers = task_of(choice.kind) == metrics::Task::numbers;
  controls::Subject subject{
      .probe = &probe,
      .rows = {.input = inputs_.back().input, .labels = {}, .classes = {}, .targets = {}},
      .groups = in_.groups,
      .types = types_,
      .type_kind = type_kind_,
      .divisions = divisions_,
      .fitted = {}};
  if (numbers) {
    subject.rows.targets = in_.targets;
  } else {
    subject.rows.labels = in_.labels;
    subject.rows.classes = in_.classes;
  }
  return subject;
}

void Subjects::fit(controls::Subject& subject) {
  for (auto& fitted : controls::fit_divisions(subject, context_)) {
    subject.fitted.push_back(fitted.get());
    fitted_.push_back(std::move(fitted));
  }
}

controls::Subject Subjects::of(const FittedEntry& entry) {
  controls::Subject subject = unfitted(entry, in_.features[entry.set]);
  if (in_.folds.empty()) {
    subject.fitted.push_back(entry.probe.get());
  } else {
    fit(subject);
  }
  return subject;
}

controls::Subject Subjects::on(const FittedEntry& entry, const FeatureSet& set) {
  controls::Subject subject = unfitted(entry, set);
  fit(subject);
  return subject;
}

}  // namespace sonde::study
