// Rows of floats that are a factor of two products, x·b and aᵀ·x, as activations and gradients are in
// training. Where there are AMX tiles they are cut into digits once for both, which costs as much as either
// product; elsewhere both are product.h's.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/product.h"

namespace sonde::kernels {

/// Up to `most_rows` rows, taken anew as often as is wanted.
class TwoWayRows {
 public:
  /// Begin with room for rows of `cols` numbers; `others` is how many columns b and a will have.
  TwoWayRows(std::int64_t most_rows, std::int64_t cols, std::int64_t others);

  /// Take copies of the picked rows of `source`, or of all, as the rows from `first` on. Several threads may
  /// take rows at once.
  void take(std::int64_t first, MatrixView source, std::span<const std::int64_t> picked);
  void take(std::int64_t first, MatrixView source);

  /// Write c = x·b of the rows from `first` on. Shapes: b [cols, others], c [rows, others].
  /// `first` must be a multiple of 16.
  void multiply(std::int64_t first, const ReadyFactor& b, MutableMatrixView c) const;

  /// Give the number of parts that aᵀ·x is computed in, and the columns of one.
  std::int64_t parts() const;
  ColumnRange part(std::int64_t index) const;
  /// Write the columns of a part of aᵀ·x, over as many rows as a has.
  /// Shapes: a [rows, others], c [others, part.count].
  void multiply_transposed(MatrixView a, ColumnRange part, MutableMatrixView c) const;

 private:
  template <class RowAt>
  void take_rows(std::int64_t first, std::int64_t count, const RowAt& row_at);

  std::int64_t rows_, cols_;
  bool in_digits_;
  Matrix floats_;  // [rows, cols] with spare columns
  Aligned<std::int8_t> tiles_;
  AlignedFloats scales_;
};

}  // namespace sonde::kernels
