// Products of one feature matrix with 16 weight vectors that lie side by side, forth and back: what it takes
// to train many small linear models on the same rows at once. No other number of models; unused lanes are the
// caller's zeros.
#pragma once

#include <cstdint>

#include "sonde/core/matrix.h"
#include "sonde/kernels/aligned.h"

namespace sonde::kernels {

/// The number of weight vectors that lie side by side.
constexpr std::int64_t kLanes = 16;

/// Where the tiles of a LaneFeatures lie. Shapes: values [count, rows, tile columns], float32.
struct LaneTiles {
  const float* values = nullptr;
  std::int64_t count = 0;
  std::int64_t rows = 0;
};

/// Features copied into tiles of a few columns, so that both products read them in order.
/// A lane's bits depend neither on the other lanes nor on the SIMD level, as long as that has fused
/// multiply-add.
class LaneFeatures {
 public:
  /// Copy the features. Shapes: x [n, d].
  explicit LaneFeatures(MatrixView x);

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  /// Give the number of columns with the padding behind them, whose features are 0.
  std::int64_t padded_cols() const { return tiles_ * kTile; }

  /// Add x · weights to out. Shapes: weights [padded_cols, 16], out [n, 16], contiguous and vector-aligned.
  void add_products(const float* weights, float* out) const;
  /// Write xᵀ · residuals. Shapes: residuals [n, 16], gradients [padded_cols, 16], contiguous and
  /// vector-aligned.
  void gradients(const float* residuals, float* gradients) const;

  /// Columns of a tile: a multiple of what every SIMD level keeps in registers.
  static constexpr std::int64_t kTile = 24;

 private:
  std::int64_t rows_, cols_, tiles_;
  AlignedFloats values_;  // [tiles, n, kTile]
};

}  // namespace sonde::kernels
