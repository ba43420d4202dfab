// The average of some rows.
#pragma once

#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// Average the rows of x, summed in doubles from the first to the last.
/// Shapes: x [t, d], t at least 1; y [d].
void mean_row(MatrixView x, std::span<float> y);

}  // namespace sonde::kernels
