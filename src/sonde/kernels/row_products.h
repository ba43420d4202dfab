// Products of rows in double precision: float32 examples are widened as they are read, and nothing is packed.
// Every value is summed in an order of its own that depends on the length alone, so a column has the same
// bits whatever columns and rows stand beside it. For float32 sums of whole matrices product.h is faster.
#pragma once

#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

using DoubleView = BasicMatrixView<const double>;
using MutableDoubleView = BasicMatrixView<double>;

/// Write out[i, c] = x_i · w_c.
/// Shapes: x [n, d] float32, w [k, d], out [n, k] float64.
void row_products(MatrixView x, DoubleView w, MutableDoubleView out);

/// Write out[i, c] = a_i · b_c.
/// Shapes: a [m, n], b [k, n], out [m, k] float64.
void row_products(DoubleView a, DoubleView b, MutableDoubleView out);

/// Add the sum over i of factors[i, c] · x_i to sums[c].
/// Shapes: x [n, d] float32, factors [n, k], sums [k, d] float64.
void add_weighted_rows(MatrixView x, DoubleView factors, MutableDoubleView sums);

}  // namespace sonde::kernels
