#include "sonde/data/folds.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/random.h"
#include "sonde/data/group_deal.h"
#include "sonde/data/replayed_split.h"
#include "sonde/replay/scikit_learn_folds.h"

namespace sonde::data {
namespace {

using Rows = std::vector<std::int64_t>;

// By what rows are told apart when they are dealt out.
enum class Rule { random, stratified, grouped };

Rule rule_of(const SplitInput& input, std::string_view method) {
  if (method == "kfold") return Rule::random;
  if (method == "stratified_kfold") return Rule::stratified;
  if (method == "group_kfold") return Rule::grouped;
  if (!input.groups.empty()) return Rule::grouped;
  return input.labels.empty() ? Rule::random : Rule::stratified;
}

std::string_view word_of(Rule rule) {
  return rule == Rule::random ? "random" : rule == Rule::stratified ? "stratified" : "grouped";
}

// Some of the rows, numbered from 0, with what is known of them.
struct Subset {
  Rows rows;
  std::vector<std::int32_t> labels;
  Rows groups;
};

class FoldMaker {
 public:
  FoldMaker(const SplitInput& input, const SplitOptions& options)
      : in_(input),
        options_(options),
        rule_(rule_of(input, options.method)),
        groups_(sorted_group_ids(input)),
        stream_(static_cast<std::uint64_t>(options.seed), "folds") {}

  std::vector<Fold> run() const {
    Rows all(in_.rows);
    std::iota(all.begin(), all.end(), 0);
    const std::vector<int> tested = fold(subset(all), static_cast<int>(options_.folds), stream_);
    std::vector<Fold> folds;
    for (int f = 0; f < options_.folds; ++f) folds.push_back(one(tested, f));
    return folds;
  }

 private:
  Subset subset(const Rows& rows) const {
    Subset some{.rows = rows};
    for (const std::int64_t row : rows) {
      if (!in_.labels.empty()) some.labels.push_back(in_.labels[row]);
      if (!groups_.empty()) some.groups.push_back(groups_[row]);
    }
    return some;
  }

  // The fold of each row of the subset.
  std::vector<int> fold(const Subset& some, int count, const RandomStream& stream) const {
    const auto n = static_cast<std::int64_t>(some.rows.size());
    if (options_.stream == "scikit-learn") {
      if (rule_ == Rule::random) return replay::k_fold(n, count, options_.seed);
      if (rule_ == Rule::stratified) return replay::stratified_k_fold(some.labels, count, options_.seed);
      return replay::group_k_fold(some.groups, count);
    }
    if (rule_ == Rule::grouped) return fold_groups(some, count, stream);
    return fold_rows(some, count, stream);
  }

  std::vector<int> fold_groups(const Subset& some, int count, const RandomStream& stream) const {
    const std::vector<double> shares(count, 1.0 / count);
    std::vector<int> folds;
    for (const std::size_t f : deal_groups(grouped(some), shares, stream))
      folds.push_back(static_cast<int>(f));
    return folds;
  }

  GroupedRows grouped(const Subset& some) const {
    return {some.groups, some.labels, static_cast<std::int64_t>(in_.classes.size())};
  }

  // Deals rows in random order to the folds in turn; stratified, class after class without starting anew.
  std::vector<int> fold_rows(const Subset& some, int count, const RandomStream& stream) const {
    const auto n = static_cast<std::int64_t>(some.rows.size());
    Rows order = stream.permutation(n);
    if (rule_ == Rule::stratified) {
      std::ranges::stable_sort(
          order, [&](std::int64_t a, std::int64_t b) { return some.labels[a] < some.labels[b]; });
    }
    std::vector<int> folds(n);
    for (std::int64_t i = 0; i < n; ++i) folds[order[i]] = static_cast<int>(i % count);
    return folds;
  }

  Fold one(const std::vector<int>& tested, int f) const {
    Fold fold{.parts = std::vector<Part>(in_.rows, Part::train)};
    Rows rest;
    for (std::int64_t i = 0; i < in_.rows; ++i) {
      if (tested[i] == f) fold.parts[i] = Part::test;
      if (tested[i] != f) rest.push_back(i);
    }
    const RandomStream stream = stream_.substream(static_cast<std::uint64_t>(f));
    const Subset others = subset(rest);
    if (options_.method == "nested") {
      fold.inner.assign(in_.rows, -1);
      const std::vector<int> inner = this->fold(others, static_cast<int>(options_.inner), stream);
      for (std::size_t i = 0; i < rest.size(); ++i) fold.inner[rest[i]] = inner[i];
    } else if (options_.valid > 0) {
      for (const std::int64_t row : held_out(others, stream)) fold.parts[row] = Part::valid;
    }
    return fold;
  }

  Rows held_out(const Subset& others, const RandomStream& stream) const {
    const double held = options_.valid / (1 - 1.0 / static_cast<double>(options_.folds));
    if (options_.stream == "scikit-learn") {
      return hold_out_as_scikit_learn(in_, word_of(rule_), others.rows, held, options_.seed).held;
    }
    Rows rows;
    if (rule_ == Rule::grouped) {
      const std::vector<std::size_t> sides =
          deal_groups(grouped(others), std::vector<double>{1 - held, held}, stream);
      for (std::size_t i = 0; i < sides.size(); ++i) {
        if (sides[i] == 1) rows.push_back(others.rows[i]);
      }
      return rows;
    }
    // One row in every 1/held, counted along the random order (stratified: class after class).
    Rows order = stream.permutation(static_cast<std::int64_t>(others.rows.size()));
    if (rule_ == Rule::stratified) {
      std::ranges::stable_sort(
          order, [&](std::int64_t a, std::int64_t b) { return others.labels[a] < others.labels[b]; });
    }
    double due = 0.5;
    for (const std::int64_t place : order) {
      due += held;
      if (due < 1) continue;
      due -= 1;
      rows.push_back(others.rows[place]);
    }
    return rows;
  }

  const SplitInput& in_;
  const SplitOptions& options_;
  const Rule rule_;
  const Rows groups_;
  const RandomStream stream_;
};

[[noreturn]] void refuse(ErrorCode code, ErrorParts parts) {
  parts.where = "split";
  throw Error(code, std::move(parts));
}

void check_options(const SplitInput& input, const SplitOptions& options) {
  if (!makes_folds(options.method)) {
    refuse(ErrorCode::usage, {.what = fmt::format("method '{}' makes no folds", options.method),
                              .expected = "kfold, stratified_kfold, group_kfold or nested"});
  }
  require_stream_of_method(options);
  if (options.method == "stratified_kfold" && input.labels.empty()) {
    refuse(ErrorCode::usage, {.what = "method 'stratified_kfold' needs a label column", .hint = "try kfold"});
  }
  if (options.method == "group_kfold" && input.groups.empty()) {
    refuse(ErrorCode::usage, {.what = "method 'group_kfold' needs a group column", .hint = "try kfold"});
  }
  if (options.folds < 2 || options.inner < 2) {
    refuse(ErrorCode::usage, {.what = "too few folds",
                              .got = fmt::format("folds {}, inner {}", options.folds, options.inner),
                              .expected = "at least 2"});
  }
  const double rest = 1 - 1.0 / static_cast<double>(options.folds);
  if (options.method != "nested" && !(options.valid >= 0 && options.valid < rest)) {
    refuse(ErrorCode::usage, {.what = "folds and validation part leave nothing to train on",
                              .got = fmt::format("folds {}, valid {}", options.folds, options.valid),
                              .expected = fmt::format("valid below {:.4g}", rest)});
  }
  if (input.rows < options.folds) {
    refuse(ErrorCode::input, {.what = "fewer rows than folds",
                              .got = fmt::format("{} rows, {} folds", input.rows, options.folds)});
  }
}

// The rows a probe of the fold is fitted on must have every class: outside its test part, or for nested
// outside each inner fold too.
void check_training(const SplitInput& input, const Fold& fold, std::size_t number, int inner) {
  std::vector<bool> seen(input.classes.size(), input.labels.empty());
  bool any = false;
  for (std::int64_t i = 0; i < input.rows; ++i) {
    if (fold.parts[i] != Part::train || (inner >= 0 && fold.inner[i] == inner)) continue;
    any = true;
    if (!input.labels.empty()) seen[input.labels[i]] = true;
  }
  if (!any) refuse(ErrorCode::input, {.what = fmt::format("fold {} has no rows to train on", number + 1)});
  const auto absent = std::ranges::find(seen, false);
  if (absent == seen.end()) return;
  refuse(ErrorCode::input, {.what = fmt::format("class '{}' has no row to train on in fold {}",
                                                input.classes[absent - seen.begin()], number + 1),
                            .hint = "try stratified_kfold, fewer folds, another seed, or drop that class"});
}

}  // namespace

std::vector<std::int64_t> Fold::rows_of(Part part) const {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == part) rows.push_back(static_cast<std::int64_t>(i));
  }
  return rows;
}

bool makes_folds(std::string_view method) {
  return method == "kfold" || method == "stratified_kfold" || method == "group_kfold" || method == "nested";
}

std::vector<Fold> make_folds(const SplitInput& input, const SplitOptions& options) {
  check_options(input, options);
  std::vector<Fold> folds = FoldMaker(input, options).run();
  for (std::size_t f = 0; f < folds.size(); ++f) {
    check_training(input, folds[f], f, -1);
    for (int inner = 0; options.method == "nested" && inner < options.inner; ++inner) {
      check_training(input, folds[f], f, inner);
    }
  }
  return folds;
}

}  // namespace sonde::data
