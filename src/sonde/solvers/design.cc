#include "sonde/solvers/design.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace sonde::solvers {
namespace {

// The two inner loops are compiled once per SIMD level. They add in a fixed order with contraction off, so
// that every level gives the same bits.
constexpr std::int64_t kLanes = 32;

// x · w with kLanes partial sums, added in a fixed order.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
double dot(const float* x, const double* w, std::int64_t d) {
  double lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= d; j += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>(x[j + l]) * w[j + l];
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; j < d; ++j) sum += static_cast<double>(x[j]) * w[j];
  return sum;
}

// gradient += Σ_r residual_r · x_r over four rows at once, so that the gradient is read and written once.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void add_four(const float* const* x, const double* residual, double* gradient, std::int64_t d) {
  const float *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
  const double r0 = residual[0], r1 = residual[1], r2 = residual[2], r3 = residual[3];
  for (std::int64_t j = 0; j < d; ++j) {
    gradient[j] += (r0 * x0[j] + r1 * x1[j]) + (r2 * x2[j] + r3 * x3[j]);
  }
}

}  // namespace

void DenseDesign::margins(RowRange range, std::span<const double> weights, std::span<double> out) const {
  const std::int64_t d = x_.cols;
  const std::int64_t k = d == 0 ? 0 : static_cast<std::int64_t>(weights.size()) / d;
  for (std::int64_t row = range.first; row < range.last; ++row) {
    const float* x = x_.data + row * x_.stride;
    for (std::int64_t c = 0; c < k; ++c) out[(row - range.first) * k + c] = dot(x, weights.data() + c * d, d);
  }
}

void DenseDesign::add_gradient(RowRange range, std::span<const double> residuals,
                               std::span<double> gradient) const {
  const std::int64_t d = x_.cols, rows = range.last - range.first;
  const std::int64_t k = rows == 0 ? 0 : static_cast<std::int64_t>(residuals.size()) / rows;
  for (std::int64_t r = 0; r < rows; r += 4) {
    std::array<const float*, 4> x;
    for (std::int64_t i = 0; i < 4; ++i)
      x[i] = x_.data + (range.first + std::min(r + i, rows - 1)) * x_.stride;
    for (std::int64_t c = 0; c < k; ++c) {
      std::array<double, 4> residual{};
      for (std::int64_t i = 0; i < std::min<std::int64_t>(4, rows - r); ++i)
        residual[i] = residuals[(r + i) * k + c];
      add_four(x.data(), residual.data(), gradient.data() + c * d, d);
    }
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

ColumnStatistics column_statistics(MatrixView x) {
  const double n = static_cast<double>(x.rows);
  ColumnStatistics statistics{std::vector<double>(x.cols), std::vector<double>(x.cols)};
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const std::span<const float> row = x.row(i);
    for (std::int64_t j = 0; j < x.cols; ++j) statistics.mean[j] += row[j];
  }
  for (double& mean : statistics.mean) mean /= n;
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const std::span<const float> row = x.row(i);
    for (std::int64_t j = 0; j < x.cols; ++j) {
      const double centred = row[j] - statistics.mean[j];
      statistics.scale[j] += centred * centred;
    }
  }
  constexpr double kEps = std::numeric_limits<double>::epsilon();
  for (std::int64_t j = 0; j < x.cols; ++j) {
    const double variance = statistics.scale[j] / n, rounding = n * statistics.mean[j] * kEps;
    const bool constant = variance <= n * kEps * variance + rounding * rounding;
    statistics.scale[j] = constant ? 1.0 : std::sqrt(variance);
  }
  return statistics;
}

}  // namespace sonde::solvers
