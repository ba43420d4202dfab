// Columns are taken in blocks. A block's rows first lose what the columns before it explain, which is one
// product of rows by rows; then the small diagonal block is factored, and the rows below are multiplied by
// its inverse, again a product of rows.
#include "sonde/solvers/cholesky.h"

#include <algorithm>
#include <cmath>

#include "sonde/kernels/row_products.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kBlock = 16;

}  // namespace

Cholesky::Cholesky(std::vector<double> matrix, std::int64_t n) : n_(n), l_(std::move(matrix)) {
  std::vector<double> explained(n_ * kBlock);
  for (std::int64_t first = 0; first < n_ && usable_; first += kBlock) {
    const std::int64_t width = std::min(kBlock, n_ - first), rows = n_ - first;
    if (first > 0) {
      const double* begin = l_.data() + first * n_;
      kernels::row_products(kernels::DoubleView{begin, rows, first, n_}, {begin, width, first, n_},
                            {explained.data(), rows, width, width});
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t c = 0; c < width; ++c) l_[(first + i) * n_ + first + c] -= explained[i * width + c];
      }
    }
    usable_ = factor_diagonal(first, width);
    if (usable_) solve_panel(first, width);
  }
}

bool Cholesky::factor_diagonal(std::int64_t first, std::int64_t width) {
  double* block = l_.data() + first * n_ + first;
  for (std::int64_t j = 0; j < width; ++j) {
    double* row = block + j * n_;
    for (std::int64_t c = 0; c < j; ++c) {
      const double* other = block + c * n_;
      for (std::int64_t t = 0; t < c; ++t) row[c] -= row[t] * other[t];
      row[c] /= other[c];
      row[j] -= row[c] * row[c];
    }
    if (!(row[j] > 0) || !std::isfinite(row[j])) return false;
    row[j] = std::sqrt(row[j]);
  }
  return true;
}

void Cholesky::solve_panel(std::int64_t first, std::int64_t width) {
  const std::int64_t below = n_ - first - width;
  if (below == 0) return;
  std::vector<double> inverse(width * width);
  const double* block = l_.data() + first * n_ + first;
  for (std::int64_t c = 0; c < width; ++c) {
    for (std::int64_t i = c; i < width; ++i) {
      double value = i == c ? 1.0 : 0.0;
      for (std::int64_t t = c; t < i; ++t) value -= block[i * n_ + t] * inverse[t * width + c];
      inverse[i * width + c] = value / block[i * n_ + i];
    }
  }
  double* panel = l_.data() + (first + width) * n_ + first;
  std::vector<double> solved(below * width);
  kernels::row_products(kernels::DoubleView{panel, below, width, n_}, {inverse.data(), width, width, width},
                        {solved.data(), below, width, width});
  for (std::int64_t i = 0; i < below; ++i) std::copy_n(solved.data() + i * width, width, panel + i * n_);
}

void Cholesky::solve_lower(std::span<double> v) const {
  for (std::int64_t i = 0; i < n_; ++i) {
    const std::span<const double> row(l_.data() + i * n_, static_cast<std::size_t>(i));
    v[i] = (v[i] - dot(row, v.first(row.size()))) / l_[i * n_ + i];
  }
}

void Cholesky::solve(std::span<double> v) const {
  solve_lower(v);
  solve_upper(v);
}

void Cholesky::solve_upper(std::span<double> v) const {
  for (std::int64_t i = n_; i-- > 0;) {
    v[i] /= l_[i * n_ + i];
    add_scaled(v.first(static_cast<std::size_t>(i)), -v[i],
               std::span(l_).subspan(i * n_, static_cast<std::size_t>(i)));
  }
}

}  // namespace sonde::solvers
