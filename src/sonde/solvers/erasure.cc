#include "sonde/solvers/erasure.h"

#include <algorithm>
#include <cmath>

#include "sonde/core/error.h"
#include "sonde/kernels/row_products.h"
#include "sonde/solvers/design.h"
#include "sonde/solvers/pseudo_inverse.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// Rows that are erased together.
constexpr std::int64_t kBlock = 256;
// What must be left of a direction beside those taken out, as a share of it.
constexpr double kIndependent = 1e-6;
constexpr double kRounding = 0x1p-24;  // of a float

// What is less than a rounding of what was taken away is none: a probe that standardises would read it.
float what_is_left(float before, double after) {
  return std::abs(after) < kRounding * std::abs(before - after) ? 0.0f : static_cast<float>(after);
}

// Sums of the targets, each less its mean, times the rows. Shapes: [targets, d].
std::vector<double> covariances(const RegressionRows& rows, std::span<const double> mean) {
  const std::int64_t n = rows.x.rows, d = rows.x.cols, k = rows.target_count;
  std::vector<double> centred(rows.targets.begin(), rows.targets.end()), left(k), sums(k * d);
  for (std::int64_t t = 0; t < k; ++t) {
    double total = 0;
    for (std::int64_t i = 0; i < n; ++i) total += centred[i * k + t];
    for (std::int64_t i = 0; i < n; ++i) left[t] += centred[i * k + t] -= total / static_cast<double>(n);
  }
  kernels::add_weighted_rows(rows.x, {centred.data(), n, k, k}, {sums.data(), k, d, d});
  for (std::int64_t t = 0; t < k; ++t) add_scaled(std::span(sums).subspan(t * d, d), -left[t], mean);
  return sums;
}

// Replaces each column of `rows` [size, d] by a⁺ times it.
void apply_inverse(const SymmetricMatrix& a, std::span<double> rows, const RunContext& context) {
  const PseudoInverse inverse(a, context);
  const std::int64_t size = a.size(), d = std::ssize(rows) / size;
  std::vector<double> column(size);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t t = 0; t < size; ++t) column[t] = rows[t * d + j];
    inverse.apply(column);
    for (std::int64_t t = 0; t < size; ++t) rows[t * d + j] = column[t];
  }
}

}  // namespace

std::int64_t Erasure::rank() const { return mean.empty() ? 0 : std::ssize(read) / std::ssize(mean); }

void Erasure::apply(MutableMatrixView rows, const RunContext& context) const {
  const std::int64_t d = std::ssize(mean), k = rank();
  SONDE_ASSERT(rows.cols == d);
  if (k == 0) return;
  const std::span<const double> from = read, to = write;
  std::vector<double> of_mean(k);
  for (std::int64_t i = 0; i < k; ++i) of_mean[i] = dot(from.subspan(i * d, d), mean);
  run_queue(context, (rows.rows + kBlock - 1) / kBlock, [&](int, std::int64_t block) {
    const std::int64_t first = block * kBlock, count = std::min(kBlock, rows.rows - first);
    std::vector<double> amounts(count * k), moved(d);
    kernels::row_products(MatrixView{rows.data + first * rows.stride, count, d, rows.stride},
                          {read.data(), k, d, d}, {amounts.data(), count, k, k});
    for (std::int64_t r = 0; r < count; ++r) {
      const std::span<float> row = rows.row(first + r);
      std::ranges::copy(row, moved.begin());
      for (std::int64_t i = 0; i < k; ++i)
        add_scaled(moved, of_mean[i] - amounts[r * k + i], to.subspan(i * d, d));
      for (std::int64_t j = 0; j < d; ++j) row[j] = what_is_left(row[j], moved[j]);
    }
  });
}

Erasure least_squares_erasure(const RegressionRows& rows, const RunContext& context) {
  const std::int64_t d = rows.x.cols, k = rows.target_count;
  Erasure erasure{.mean = column_statistics(rows.x).mean};
  erasure.write = covariances(rows, erasure.mean);
  erasure.read = solve_regression(rows, {}, context).weights;
  const std::span<const double> read = erasure.read, write = erasure.write;
  SymmetricMatrix explained(k);
  for (std::int64_t s = 0; s < k; ++s) {
    for (std::int64_t t = s; t < k; ++t)
      explained.at(s, t) = dot(read.subspan(s * d, d), write.subspan(t * d, d));
  }
  apply_inverse(explained, erasure.read, context);
  return erasure;
}

bool Nullspace::add(std::span<const double> direction) {
  SONDE_ASSERT(std::ssize(direction) == width_);
  std::vector<double> own(direction.begin(), direction.end());
  const double length = std::sqrt(dot(own, own));
  // Twice, as the first time leaves rounding of the size of what was taken away.
  for (int time = 0; time < 2; ++time) {
    for (std::int64_t i = 0; i < rank(); ++i) {
      const std::span<const double> known = std::span(basis_).subspan(i * width_, width_);
      add_scaled(own, -dot(own, known), known);
    }
  }
  const double left = std::sqrt(dot(own, own));
  if (!(left > kIndependent * length)) return false;
  for (const double value : own) basis_.push_back(value / left);
  return true;
}

std::int64_t Nullspace::rank() const { return width_ == 0 ? 0 : std::ssize(basis_) / width_; }

Erasure Nullspace::projection() const { return {std::vector<double>(width_), basis_, basis_}; }

}  // namespace sonde::solvers
