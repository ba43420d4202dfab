#include "sonde/solvers/design.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/kernels/row_products.h"

namespace sonde::solvers {
namespace {

// Compiled once per SIMD level. Every column has a sum of its own, so all levels give the same bits.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void add_row(const float* row, double* sums, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) sums[j] += row[j];
}

// Adds the squared distances of a row from some centre.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void add_squares(const float* row, const double* centre, double* sums, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) sums[j] += (row[j] - centre[j]) * (row[j] - centre[j]);
}

}  // namespace

void DenseDesign::margins(RowRange range, std::span<const double> weights, std::span<double> out) const {
  const std::int64_t d = x_.cols, rows = range.last - range.first;
  const std::int64_t k = d == 0 ? 0 : static_cast<std::int64_t>(weights.size()) / d;
  kernels::row_products(part(range), {weights.data(), k, d, d}, {out.data(), rows, k, k});
}

void DenseDesign::add_gradient(RowRange range, std::span<const double> residuals,
                               std::span<double> gradient) const {
  const std::int64_t d = x_.cols, rows = range.last - range.first;
  const std::int64_t k = d == 0 ? 0 : static_cast<std::int64_t>(gradient.size()) / d;
  kernels::add_weighted_rows(part(range), {residuals.data(), rows, k, k}, {gradient.data(), k, d, d});
}

void DenseDesign::copy_columns(std::span<const std::int64_t> columns, std::span<double> out) const {
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const float* from = x_.data + columns[c];
    double* to = out.data() + static_cast<std::int64_t>(c) * x_.rows;
    for (std::int64_t i = 0; i < x_.rows; ++i) to[i] = from[i * x_.stride];
  }
}

void SparseDesign::margins(RowRange range, std::span<const double> weights, std::span<double> out) const {
  const std::int64_t k = x_.cols == 0 ? 0 : static_cast<std::int64_t>(weights.size()) / x_.cols;
  for (std::int64_t row = range.first; row < range.last; ++row) {
    for (std::int64_t c = 0; c < k; ++c) {
      double sum = 0;
      for (std::int64_t e = x_.offsets[row]; e < x_.offsets[row + 1]; ++e) {
        sum += static_cast<double>(x_.values[e]) * weights[c * x_.cols + x_.columns[e]];
      }
      out[(row - range.first) * k + c] = sum;
    }
  }
}

void SparseDesign::add_gradient(RowRange range, std::span<const double> residuals,
                                std::span<double> gradient) const {
  const std::int64_t k = x_.cols == 0 ? 0 : static_cast<std::int64_t>(gradient.size()) / x_.cols;
  for (std::int64_t row = range.first; row < range.last; ++row) {
    for (std::int64_t c = 0; c < k; ++c) {
      const double residual = residuals[(row - range.first) * k + c];
      for (std::int64_t e = x_.offsets[row]; e < x_.offsets[row + 1]; ++e) {
        gradient[c * x_.cols + x_.columns[e]] += residual * x_.values[e];
      }
    }
  }
}

void SparseDesign::copy_columns(std::span<const std::int64_t> columns, std::span<double> out) const {
  std::vector<std::int64_t> place(x_.cols, -1);
  for (std::size_t c = 0; c < columns.size(); ++c) place[columns[c]] = static_cast<std::int64_t>(c);
  std::ranges::fill(out, 0.0);
  for (std::int64_t i = 0; i < x_.rows(); ++i) {
    for (std::int64_t e = x_.offsets[i]; e < x_.offsets[i + 1]; ++e) {
      const std::int64_t c = place[x_.columns[e]];
      if (c >= 0) out[c * x_.rows() + i] = x_.values[e];
    }
  }
}

double DenseDesign::squared_norm() const {
  double sum = 0;
  for (std::int64_t i = 0; i < x_.rows; ++i) {
    for (const double value : x_.row(i)) sum += value * value;
  }
  return sum;
}

double SparseDesign::squared_norm() const {
  double sum = 0;
  for (const double value : x_.values) sum += value * value;
  return sum;
}

std::vector<double> column_squares(MatrixView x) {
  std::vector<double> squares(x.cols);
  const std::vector<double> zero(x.cols);
  for (std::int64_t i = 0; i < x.rows; ++i)
    add_squares(x.data + i * x.stride, zero.data(), squares.data(), x.cols);
  return squares;
}

ColumnStatistics column_statistics(MatrixView x) {
  const double n = static_cast<double>(x.rows);
  ColumnStatistics statistics{std::vector<double>(x.cols), std::vector<double>(x.cols)};
  for (std::int64_t i = 0; i < x.rows; ++i) add_row(x.data + i * x.stride, statistics.mean.data(), x.cols);
  for (double& mean : statistics.mean) mean /= n;
  for (std::int64_t i = 0; i < x.rows; ++i)
    add_squares(x.data + i * x.stride, statistics.mean.data(), statistics.scale.data(), x.cols);
  constexpr double kEps = std::numeric_limits<double>::epsilon();
  for (std::int64_t j = 0; j < x.cols; ++j) {
    const double variance = statistics.scale[j] / n, rounding = n * statistics.mean[j] * kEps;
    const bool constant = variance <= n * kEps * variance + rounding * rounding;
    statistics.scale[j] = constant ? 1.0 : std::sqrt(variance);
  }
  return statistics;
}

}  // namespace sonde::solvers
