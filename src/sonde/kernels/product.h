// Dense float32 products of two matrices that both change, as training needs them: nothing is packed
// beforehand. For weights that stay, gemm.h is faster and keeps a row's bits whatever its neighbours; here
// bits depend on the shapes, and on nothing else.
#pragma once

#include "sonde/core/matrix.h"

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

}  // namespace sonde::kernels
