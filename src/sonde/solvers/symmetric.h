// A symmetric float64 matrix of which only the half on and above the diagonal is kept, laid out for
// kernels::add_gram. No arithmetic lives here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "sonde/kernels/gram.h"

namespace sonde::solvers {

/// A symmetric [size, size] matrix. What lies below the diagonal of the storage is scratch.
class SymmetricMatrix {
 public:
  SymmetricMatrix() = default;
  explicit SymmetricMatrix(std::int64_t size)
      : size_(size),
        stride_(kernels::gram_panels(size) * kernels::kGramPanel),
        values_(static_cast<std::size_t>(stride_ * stride_)) {}

  std::int64_t size() const { return size_; }
  std::int64_t stride() const { return stride_; }
  double operator()(std::int64_t i, std::int64_t j) const {
    if (j < i) std::swap(i, j);
    return values_[i * stride_ + j];
  }
  /// Give element (i, j), j ≥ i.
  double& at(std::int64_t i, std::int64_t j) { return values_[i * stride_ + j]; }
  /// Give row i, of which the elements from i on are kept.
  double* row(std::int64_t i) { return values_.data() + i * stride_; }
  const double* row(std::int64_t i) const { return values_.data() + i * stride_; }
  kernels::GramSum sum() { return {values_.data(), stride_}; }

 private:
  std::int64_t size_ = 0;
  std::int64_t stride_ = 0;
  std::vector<double> values_;
};

}  // namespace sonde::solvers
