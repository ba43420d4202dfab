#include "sonde/study/best_numbers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sonde::study {
namespace {

constexpr std::int64_t kErrorsShown = 40;
constexpr std::int64_t kPairsShown = 1000;

double median(std::vector<double> values) {
  const std::size_t middle = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

result::BestNumbers describe_numbers(const BestInputs& in) {
  const std::span<const double> truth = in.predictions.true_numbers;
  const std::span<const double> predicted = in.predictions.predicted_numbers;
  const std::int64_t n = in.predictions.rows();
  result::BestNumbers numbers;
  const std::int64_t every = (n + kPairsShown - 1) / kPairsShown;
  for (std::int64_t i = 0; i < n; i += every) numbers.pairs.push_back({truth[i], predicted[i]});
  std::vector<double> off;
  for (std::int64_t i = 0; i < n; ++i) off.push_back(std::abs(predicted[i] - truth[i]));
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return off[a] > off[b]; });
  for (const std::int64_t i : order) {
    if (off[i] == 0 || static_cast<std::int64_t>(numbers.errors.size()) == kErrorsShown) break;
    numbers.errors.push_back({.row = row_name(in, i),
                              .text = in.texts.empty() ? std::string() : std::string(in.texts[i]),
                              .group = in.groups.empty() ? std::string() : in.group_names[in.groups[i]],
                              .truth = truth[i],
                              .predicted = predicted[i]});
  }
  numbers.median_error = median(std::move(off));
  return numbers;
}

}  // namespace sonde::study
