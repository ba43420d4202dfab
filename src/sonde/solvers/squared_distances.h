// Squared Euclidean distances between rows, some rows to all at a time: [n, n] is never kept.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/core/matrix.h"

namespace sonde::solvers {

/// Rows made ready for distances among them: centred, with their squared lengths.
class SquaredDistances {
 public:
  /// Rows of one call of from(): with blocks that begin at its multiples, bits depend on the rows alone.
  static constexpr std::int64_t kBlock = 64;

  /// Copy the rows, centred on their mean so that float32 keeps the digits that matter.
  explicit SquaredDistances(MatrixView x);

  std::int64_t rows() const { return x_.rows(); }
  std::int64_t blocks() const { return (rows() + kBlock - 1) / kBlock; }
  /// Write the distances of block `block` to all rows, by products: wrong by some 1e-6 of the squared
  /// lengths, and never negative. Shapes: out [rows of the block, n].
  void from(std::int64_t block, MutableMatrixView out) const;
  /// Give the distance of two rows, from their differences in float64.
  double between(std::int64_t i, std::int64_t j) const;

 private:
  Matrix x_;
  std::vector<float> squares_;
};

}  // namespace sonde::solvers
