// A symmetric float64 matrix of which only the half on and above the diagonal is kept, laid out for
// kernels::add_gram. No arithmetic lives here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "sonde/kernels/gram.h"

namespace sonde::solvers {

/// A symmetric [size, size] matrix. What lies below the diagonal of the storage is scratch.
class SymmetricMatrix {
 public:
  SymmetricMatrix() = default;
  explicit SymmetricMatrix(std::int64_t size) : SymmetricMatrix(size, Unfilled{}) {
    for (std::int64_t i = 0; i < stride_; ++i) clear_row(i);
  }
  SymmetricMatrix(const SymmetricMatrix& other) : SymmetricMatrix(other.size_, Unfilled{}) {
    for (std::int64_t i = 0; i < stride_; ++i) copy_row(other, i);
  }
  /// Give a matrix of which each of stride() rows must be cleared or copied before it is read, which several
  /// threads may do: what memory costs when it is touched first is more than what is done with it.
  static SymmetricMatrix unfilled(std::int64_t size) { return {size, Unfilled{}}; }
  SymmetricMatrix& operator=(const SymmetricMatrix& other) { return *this = SymmetricMatrix(other); }
  SymmetricMatrix(SymmetricMatrix&&) = default;
  SymmetricMatrix& operator=(SymmetricMatrix&&) = default;
  ~SymmetricMatrix() = default;

  std::int64_t size() const { return size_; }
  std::int64_t stride() const { return stride_; }
  double operator()(std::int64_t i, std::int64_t j) const {
    if (j < i) std::swap(i, j);
    return values_[i * stride_ + j];
  }
  /// Give element (i, j), j ≥ i.
  double& at(std::int64_t i, std::int64_t j) { return values_[i * stride_ + j]; }
  /// Give row i, of which the elements from i on are kept.
  double* row(std::int64_t i) { return values_.get() + i * stride_; }
  const double* row(std::int64_t i) const { return values_.get() + i * stride_; }
  /// Fill row i with zeros.
  void clear_row(std::int64_t i) { std::fill(kept(i), row(i) + stride_, 0.0); }
  /// Copy row i of a matrix of the same size.
  void copy_row(const SymmetricMatrix& other, std::int64_t i) {
    std::copy(other.kept(i), other.row(i) + stride_, kept(i));
  }
  kernels::GramSum sum() { return {values_.get(), stride_}; }

 private:
  // The other half is never touched, so the system need not find memory for it.
  struct Unfilled {};
  SymmetricMatrix(std::int64_t size, Unfilled)
      : size_(size),
        stride_(kernels::gram_panels(size) * kernels::kGramPanel),
        values_(std::make_unique_for_overwrite<double[]>(stride_ * stride_)) {}

  // Row i from the panel of the diagonal on, which add_gram writes as a whole.
  double* kept(std::int64_t i) { return row(i) + i / kernels::kGramPanel * kernels::kGramPanel; }
  const double* kept(std::int64_t i) const { return row(i) + i / kernels::kGramPanel * kernels::kGramPanel; }

  std::int64_t size_ = 0;
  std::int64_t stride_ = 0;
  std::unique_ptr<double[]> values_;
};

}  // namespace sonde::solvers
