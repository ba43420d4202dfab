#include "sonde/solvers/column_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sonde::solvers {
namespace {

// The rule of column_statistics(): a variance within rounding of 0.
bool is_constant(double variance, double mean, double n) {
  constexpr double kEps = std::numeric_limits<double>::epsilon();
  const double rounding = n * mean * kEps;
  return variance <= n * kEps * variance + rounding * rounding;
}

}  // namespace

std::int64_t ColumnScale::varying() const { return std::ranges::count(constant, false); }

ColumnScale column_scale(const Moments& moments, WeightUnits units, Intercept intercept) {
  const std::int64_t d = moments.shape.columns;
  const double n = static_cast<double>(moments.count);
  ColumnScale columns{.centred = units == WeightUnits::standardized || intercept == Intercept::fit,
                      .centre = std::vector<double>(d),
                      .scale = std::vector<double>(d, 1.0),
                      .constant = std::vector<bool>(d)};
  for (std::int64_t j = 0; j < d; ++j) {
    const double variance = moments.gram(j, j) / n, mean = moments.mean[j];
    columns.constant[j] = is_constant(variance, mean, n) && (columns.centred || mean == 0);
    if (columns.centred) columns.centre[j] = mean;
    if (units == WeightUnits::standardized && !columns.constant[j]) columns.scale[j] = std::sqrt(variance);
  }
  return columns;
}

ColumnScale column_scale(MatrixView x, WeightUnits units, Intercept intercept) {
  ColumnStatistics statistics = column_statistics(x);
  ColumnScale columns{.centred = units == WeightUnits::standardized || intercept == Intercept::fit,
                      .constant = std::vector<bool>(x.cols)};
  for (std::int64_t j = 0; j < x.cols; ++j) {
    bool same = true;
    for (std::int64_t i = 1; i < x.rows && same; ++i) same = x.row(i)[j] == x.row(0)[j];
    columns.constant[j] = same && (columns.centred || statistics.mean[j] == 0);
  }
  if (!columns.centred) std::ranges::fill(statistics.mean, 0.0);
  if (units == WeightUnits::raw) std::ranges::fill(statistics.scale, 1.0);
  columns.centre = std::move(statistics.mean);
  columns.scale = std::move(statistics.scale);
  return columns;
}

void fold_scale(const ColumnScale& columns, std::span<double> weights) {
  const std::size_t d = columns.scale.size();
  for (std::size_t at = 0; at < weights.size(); ++at) weights[at] /= columns.scale[at % d];
}

double bias_of(const ColumnScale& columns, std::span<const double> weights, double target_mean) {
  double bias = target_mean;
  for (std::size_t j = 0; j < weights.size(); ++j) bias -= columns.centre[j] * weights[j];
  return bias;
}

}  // namespace sonde::solvers
