#include "sonde/replay/scikit_learn_shuffle.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/replay/numpy_random_state.h"

namespace sonde::replay {
namespace {

using Rows = std::vector<std::int64_t>;

// How many of each class come nearest to `draws` in all: the whole parts, then the largest remainders, and
// among equal ones at random.
Rows nearest_counts(const Rows& available, std::int64_t draws, NumpyRandomState& random) {
  double all = 0;
  for (const std::int64_t count : available) all += static_cast<double>(count);
  Rows counts;
  std::vector<double> remainders;
  std::int64_t missing = draws;
  for (const std::int64_t count : available) {
    const double exact = static_cast<double>(count) / all * static_cast<double>(draws);
    counts.push_back(static_cast<std::int64_t>(std::floor(exact)));
    remainders.push_back(exact - std::floor(exact));
    missing -= counts.back();
  }
  const std::set<double, std::greater<>> values(remainders.begin(), remainders.end());
  for (auto value = values.begin(); missing > 0 && value != values.end(); ++value) {
    Rows equal;
    for (std::size_t c = 0; c < remainders.size(); ++c) {
      if (remainders[c] == *value) equal.push_back(static_cast<std::int64_t>(c));
    }
    const std::int64_t now = std::min(missing, static_cast<std::int64_t>(equal.size()));
    for (const std::int64_t c : random.choose(equal, now)) ++counts[c];
    missing -= now;
  }
  return counts;
}

std::vector<Rows> rows_by_class(std::span<const std::int32_t> labels) {
  std::vector<Rows> rows(labels.empty() ? 0 : *std::ranges::max_element(labels) + 1);
  for (std::size_t i = 0; i < labels.size(); ++i) rows[labels[i]].push_back(static_cast<std::int64_t>(i));
  std::erase_if(rows, [](const Rows& of_class) { return of_class.empty(); });
  return rows;
}

void check_classes(const std::vector<Rows>& rows, TrainTestSizes sizes) {
  const auto classes = static_cast<std::int64_t>(rows.size());
  const bool lonely = std::ranges::any_of(rows, [](const Rows& r) { return r.size() < 2; });
  if (!lonely && sizes.train >= classes && sizes.test >= classes) return;
  throw Error(ErrorCode::usage,
              {.where = "split",
               .what = "scikit-learn does not stratify this",
               .got = fmt::format("{} classes{}, {} train and {} test rows", classes,
                                  lonely ? ", one of a single row" : "", sizes.train, sizes.test),
               .expected = "two rows of every class, and on each side as many rows as classes"});
}

Rows reordered(const Rows& rows, NumpyRandomState& random) {
  return random.choose(rows, static_cast<std::int64_t>(rows.size()));
}

}  // namespace

TrainTest train_test_split(std::int64_t n, double test, std::int64_t seed) {
  const TrainTestSizes sizes = train_test_sizes(n, test);
  return cut_train_test(NumpyRandomState(seed).permutation(n), sizes);
}

TrainTest stratified_train_test_split(std::span<const std::int32_t> labels, double test, std::int64_t seed) {
  const TrainTestSizes sizes = train_test_sizes(static_cast<std::int64_t>(labels.size()), test);
  const std::vector<Rows> rows = rows_by_class(labels);
  check_classes(rows, sizes);
  NumpyRandomState random(seed);
  Rows available;
  for (const Rows& of_class : rows) available.push_back(static_cast<std::int64_t>(of_class.size()));
  const Rows trained = nearest_counts(available, sizes.train, random);
  for (std::size_t c = 0; c < rows.size(); ++c) available[c] -= trained[c];
  const Rows tested = nearest_counts(available, sizes.test, random);
  TrainTest split;
  for (std::size_t c = 0; c < rows.size(); ++c) {
    const Rows order = reordered(rows[c], random);
    const auto cut = order.begin() + trained[c];
    split.train.insert(split.train.end(), order.begin(), cut);
    split.test.insert(split.test.end(), cut, cut + tested[c]);
  }
  split.train = reordered(split.train, random);
  split.test = reordered(split.test, random);
  return split;
}

TrainTest group_shuffle_split(std::span<const std::int64_t> groups, double test, std::int64_t seed) {
  const std::set<std::int64_t> distinct(groups.begin(), groups.end());
  const Rows ids(distinct.begin(), distinct.end());
  const TrainTest chosen = train_test_split(static_cast<std::int64_t>(ids.size()), test, seed);
  std::set<std::int64_t> tested;
  for (const std::int64_t i : chosen.test) tested.insert(ids[i]);
  TrainTest split;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    (tested.contains(groups[i]) ? split.test : split.train).push_back(static_cast<std::int64_t>(i));
  }
  return split;
}

}  // namespace sonde::replay
