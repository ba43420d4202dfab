// Normalisation of rows. y may be x.
#pragma once

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// Normalise each row to mean 0 and variance 1, then scale and shift: (x−μ)/√(σ²+eps)·scale + shift.
/// Shapes: x, y [t, d]; scale, shift [d], shift null for none.
void layer_norm(MatrixView x, const float* scale, const float* shift, float eps, MutableMatrixView y);

/// Divide each row by its root mean square, then scale: x/√(mean x²+eps)·scale.
/// Shapes: x, y [t, d]; scale [d].
void rms_norm(MatrixView x, const float* scale, float eps, MutableMatrixView y);

}  // namespace sonde::kernels
