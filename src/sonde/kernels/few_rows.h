// Products of few rows with many: each lane of a vector belongs to one of the few, so that the many are read
// once, as they lie, and nothing is added across lanes.
#pragma once

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// Tell whether this is faster than oneDNN 2.6 for so many rows: they must nearly fill the lanes of pairs of
/// vectors, and where there are more of them its packing pays. Measured with AVX-512, 64 to 2,048 inputs.
constexpr bool few_rows_are_faster(std::int64_t rows) {
  constexpr std::int64_t kLanes = 32, kMost = 64;  // lanes of two vectors
  return rows > 0 && rows <= kMost && (rows - 1) % kLanes >= kLanes / 4 * 3 - 1;
}

/// Write out[i, c] = x_i · w_c, each summed in the order of the inputs, whatever stands beside it.
/// Shapes: x [n, d], of which few, w [k, d], out [n, k].
void few_row_products(MatrixView x, MatrixView w, MutableMatrixView out);

}  // namespace sonde::kernels
