// Products of rows of floats by way of whole numbers, on AMX tiles that multiply bytes. Every row is rotated,
// scaled to whole numbers of 24 bits and cut into three signed bytes, its digits to base 256, so that
//   a·b ≈ Σ a0·b0 + (Σ a0·b1 + a1·b0) / 2⁸ + (Σ a0·b2 + a1·b1 + a2·b0) / 2¹⁶ [+ (Σ a1·b2 + a2·b1) / 2²⁴],
// each sum exact in 32 bits and so the same in any order. Only where amx_is_there().
//
// The rotation multiplies every 64 inputs by a Hadamard matrix with random signs, on both sides, which leaves
// products as they are: it spreads a number that is far larger than its neighbours over 64, which would
// otherwise leave them few bits. Measured in docs/decisions/0002: with it the error is that of a chain of
// float multiply-adds or below, without it four times that.
//
// A row in which a number is not finite multiplies to NaN alone. Numbers below 2⁻¹⁰⁴ lose bits and count as 0
// below 2⁻¹²⁶; sums of 64 numbers must be finite.
// Source: Ozaki, Ogita, Oishi and Rump 2012, "Error-free transformations of matrix multiplication by using
// fast routines of matrix multiplication and its applications"; Ootomo, Ozaki and Yokota 2024, "DGEMM on
// integer matrix multiplication unit"; the rotation, Tseng et al. 2024, "QuIP#".
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/kernels/amx_internal.h"

namespace sonde::kernels {

inline constexpr std::int64_t kDigits = 3;
inline constexpr std::int64_t kDigitStep = kTileBytes;  ///< inputs of a tile
/// Inputs that share a scale: two tiles of rows that long fit into the nearest cache.
inline constexpr std::int64_t kDigitInputs = 6 * kDigitStep;

/// Rows cut into digits over the same inputs. A view.
template <class Byte, class Float>
struct BasicDigitRows {
  Byte* tiles = nullptr;    ///< [rows / 16][steps][kDigits, the largest first][16][64]
  Float* scales = nullptr;  ///< [rows]
  std::int64_t inputs = 0;  ///< at most kDigitInputs

  std::int64_t steps() const { return (inputs + kDigitStep - 1) / kDigitStep; }
  /// Give the bytes of 16 rows.
  std::int64_t bytes() const { return steps() * kDigits * kTileSize; }
  operator BasicDigitRows<const Byte, const Float>() const { return {tiles, scales, inputs}; }
};
using MutableDigitRows = BasicDigitRows<std::int8_t, float>;
using DigitRows = BasicDigitRows<const std::int8_t, const float>;

/// Which factor of a product digits are of; those of the right one lie transposed.
enum class DigitSide { left, right };

/// Cut the rows of x into digits.
/// Shapes: x [any, out.inputs]; `out` has room for rows rounded up to 16.
void cut_rows(MatrixView x, DigitSide side, const MutableDigitRows& out);
/// Cut the columns of x into digits, the bits that cutting the rows of its transpose gives.
/// Shapes: x [out.inputs, any].
void cut_columns(MatrixView x, DigitSide side, const MutableDigitRows& out);
/// Cut the columns of x, each less its centre, which is taken away in two parts of 24 bits.
/// Shapes: centre as long as a row of x.
void cut_columns(MatrixView x, std::span<const double> centre, DigitSide side, const MutableDigitRows& out);

/// Cut one row into its place among those of each run of inputs, for the left side.
/// Shapes: x as long as all runs together.
void cut_row(const float* x, std::int64_t row, std::span<const MutableDigitRows> runs);
/// Cut the columns of x, row k times factors[k], for the left side and not rotated: the other factor must not
/// be either.
/// Shapes: x [out.inputs, any], factors [out.inputs].
void cut_weighted_columns(MatrixView x, std::span<const float> factors, const MutableDigitRows& out);

/// Write the tiles of rows that were cut for one side as the other side has them; `to` may be digits.tiles.
void lay_for_other_side(const DigitRows& digits, std::int64_t rows, std::int8_t* to);

/// How many products of digits are summed.
enum class DigitProducts {
  six,    ///< those that weigh at least 2⁻¹⁶ of the largest: enough where 384 inputs average what is left out
  eight,  ///< those that weigh 2⁻²⁴ too: what is lost is rounding to 24 bits alone; a fifth slower
};

/// Whole numbers lose less against a chain of floats the more inputs there are, docs/decisions/0002: from
/// kInputsForSix on six products are as accurate, from kInputsForEight on eight, below floats are better.
inline constexpr std::int64_t kInputsForSix = 384, kInputsForEight = 96;
constexpr DigitProducts products_for(std::int64_t inputs) {
  return inputs < kInputsForSix ? DigitProducts::eight : DigitProducts::six;
}

/// The factors of a product.
struct DigitFactors {
  DigitRows a, b;
  DigitProducts products = DigitProducts::eight;
};

/// Compute y = a·bᵀ + before on the tile registers, which the caller holds. Each row of `a` and of `b` gives
/// the same bits whatever rows are beside it.
/// Shapes: y [rows of a, rows of b]; before as y, or one row (stride 0), or y itself; without data zeros.
void multiply_digits(const DigitFactors& factors, MatrixView before, MutableMatrixView y);

}  // namespace sonde::kernels
