// Dense float32 products of two matrices that both change, as training needs them, or of which one serves
// many products. For weights that stay, gemm.h is faster and keeps a row's bits whatever its neighbours; here
// bits depend on the shapes, and on nothing else.
#pragma once

#include <cstdint>

#include "sonde/core/matrix.h"
#include "sonde/kernels/aligned.h"

namespace sonde::kernels {

/// Whether a factor is read as it lies or transposed.
enum class Transpose { no, yes };

/// One factor of a product.
struct Factor {
  MatrixView matrix;
  Transpose transpose = Transpose::no;

  std::int64_t rows() const { return transpose == Transpose::no ? matrix.rows : matrix.cols; }
  std::int64_t cols() const { return transpose == Transpose::no ? matrix.cols : matrix.rows; }
};

/// What becomes of the values that the result held before.
enum class Before { overwritten, added_to };

/// Compute c = op(a) · op(b), or add it to c, on the calling thread alone.
/// Shapes: op(a) [m, k], op(b) [k, n], c [m, n], float32; c overlaps neither factor.
/// Source: oneDNN 2.6 dnnl_sgemm (row-major); where there are AMX tiles and both sides of c are long enough
/// to pay for cutting digits, those (docs/decisions/0002).
void matrix_product(const Factor& a, const Factor& b, MutableMatrixView c,
                    Before before = Before::overwritten);

template <class Byte, class Float>
struct BasicDigitRows;

/// A right factor of many products, made ready once: what matrix_product would do with it for each is done.
class ReadyFactor {
 public:
  /// Make a factor ready. Its numbers must outlive this.
  explicit ReadyFactor(const Factor& factor);

  /// Give the number of parts that are to be renewed when the numbers have changed.
  std::int64_t parts() const;
  /// Make a part ready again. Several threads may renew parts at once.
  void renew(std::int64_t part);

  /// Tell whether a factor of this shape is kept as digits, which digits() gives then, of its columns from
  /// `column` on over those of its rows from `input` on that share a scale.
  static bool in_digits(std::int64_t rows, std::int64_t cols);
  BasicDigitRows<const std::int8_t, const float> digits(std::int64_t input, std::int64_t column) const;

 private:
  friend void matrix_product(const Factor& a, const ReadyFactor& b, MutableMatrixView c, Before before);

  Factor factor_;
  bool in_digits_;
  Aligned<std::int8_t> tiles_;
  AlignedFloats scales_;
};

/// As above, with a factor that is ready: c may then have few rows and be as fast.
void matrix_product(const Factor& a, const ReadyFactor& b, MutableMatrixView c,
                    Before before = Before::overwritten);

}  // namespace sonde::kernels
