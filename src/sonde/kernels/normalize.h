// Normalisation of rows. y may be x.
#pragma once

#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// Normalise each row to mean 0 and variance 1, then scale and shift: (x−μ)/√(σ²+eps)·scale + shift.
/// Shapes: x, y [t, d]; scale, shift [d], shift null for none.
void layer_norm(MatrixView x, const float* scale, const float* shift, float eps, MutableMatrixView y);

/// How root mean squares are divided out.
struct RmsNorm {
  std::span<const float> scale;  ///< [w]
  float eps = 1e-6f;
  float offset = 0.0f;  ///< added to scale: 1 where a checkpoint stores what is beyond it
};

/// Divide each run of w numbers of a row by its root mean square, then scale:
/// x/√(mean x²+eps)·(offset+scale). Shapes: x, y [t, d], d a multiple of w: the whole row or one head.
/// Source: Zhang and Sennrich 2019, eq. 4.
void rms_norm(MatrixView x, const RmsNorm& norm, MutableMatrixView y);

}  // namespace sonde::kernels
