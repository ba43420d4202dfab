#include "sonde/replay/scikit_learn_folds.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/replay/numpy_random_state.h"

namespace sonde::replay {
namespace {

void check_folds(int folds, std::int64_t most, const char* what) {
  if (folds >= 2 && folds <= most) return;
  throw Error(ErrorCode::usage, {.where = "split",
                                 .what = "scikit-learn makes no such folds",
                                 .got = fmt::format("{} folds of {} {}", folds, most, what),
                                 .expected = fmt::format("2 to {}", most)});
}

// Classes numbered by the row in which they appear first.
std::vector<std::size_t> by_appearance(std::span<const std::int32_t> labels,
                                       std::vector<std::int64_t>& counts) {
  std::map<std::int32_t, std::size_t> number;
  std::vector<std::size_t> numbered;
  for (const std::int32_t label : labels) {
    const std::size_t c = number.emplace(label, number.size()).first->second;
    if (c == counts.size()) counts.push_back(0);
    ++counts[c];
    numbered.push_back(c);
  }
  return numbered;
}

}  // namespace

std::vector<int> k_fold(std::int64_t n, int folds, std::int64_t seed) {
  check_folds(folds, n, "rows");
  const std::vector<std::int64_t> order = NumpyRandomState(seed).permutation(n);
  std::vector<int> fold_of(n);
  std::int64_t at = 0;
  for (int fold = 0; fold < folds; ++fold) {
    const std::int64_t size = n / folds + (fold < n % folds ? 1 : 0);
    for (std::int64_t i = 0; i < size; ++i) fold_of[order[at++]] = fold;
  }
  return fold_of;
}

std::vector<int> stratified_k_fold(std::span<const std::int32_t> labels, int folds, std::int64_t seed) {
  std::vector<std::int64_t> counts;
  const std::vector<std::size_t> classes = by_appearance(labels, counts);
  check_folds(folds, counts.empty() ? 0 : *std::ranges::max_element(counts), "rows of the largest class");
  NumpyRandomState random(seed);
  std::vector<int> fold_of(labels.size());
  std::int64_t before = 0;  // rows of earlier classes
  for (std::size_t c = 0; c < counts.size(); ++c) {
    // Dealing all rows out in turn, class after class, says how many of this class each fold gets.
    std::vector<std::int64_t> share(folds);
    for (std::int64_t i = 0; i < counts[c]; ++i) ++share[(before + i) % folds];
    before += counts[c];
    std::vector<int> deck;
    for (int fold = 0; fold < folds; ++fold) deck.insert(deck.end(), share[fold], fold);
    random.shuffle(std::span(deck));
    auto next = deck.begin();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (classes[i] == c) fold_of[i] = *next++;
    }
  }
  return fold_of;
}

std::vector<int> group_k_fold(std::span<const std::int64_t> groups, int folds) {
  std::map<std::int64_t, std::int64_t> sizes;
  for (const std::int64_t group : groups) ++sizes[group];
  check_folds(folds, static_cast<std::int64_t>(sizes.size()), "groups");
  // Largest first and of equal ones the last first, each to the fold with the fewest rows so far.
  std::vector<std::pair<std::int64_t, std::int64_t>> order(sizes.rbegin(), sizes.rend());
  std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::int64_t> filled(folds);
  std::map<std::int64_t, int> fold_of_group;
  for (const auto& [group, size] : order) {
    const auto lightest = std::ranges::min_element(filled);
    *lightest += size;
    fold_of_group[group] = static_cast<int>(lightest - filled.begin());
  }
  std::vector<int> fold_of;
  for (const std::int64_t group : groups) fold_of.push_back(fold_of_group[group]);
  return fold_of;
}

}  // namespace sonde::replay
