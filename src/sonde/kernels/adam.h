// The update of parameters by Adam: from gradients that are at hand, or from the two factors whose product
// they are, which then is never stored. What the factors of a step are is the caller's.
#pragma once

#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// What one step multiplies by, rounded to float as torch rounds a Python number beside a float tensor.
struct AdamFactors {
  float keep = 1;     ///< of the parameter: 1 − lr · weight_decay, or 1
  float penalty = 0;  ///< times the parameter, added to the gradient
  float l1 = 0;       ///< times the sign of the parameter, added to the gradient
  float new1 = 0;     ///< 1 − beta1
  float old2 = 0;     ///< beta2
  float new2 = 0;     ///< 1 − beta2
  float eps = 0;      ///< eps · √(1 − beta2^t)
  float step = 0;     ///< −lr · √(1 − beta2^t) / (1 − beta1^t)
};

/// Parameters and the running means of their gradients and of the squares of these. A view.
/// Shapes: all [size].
struct AdamState {
  std::span<float> parameters, first, second;
};

/// Take one step with the gradients. Elements do not depend on what lies beside them.
/// Shapes: gradients [size].
void adam_update(const AdamFactors& factors, std::span<const float> gradients, const AdamState& state);

/// Take one step with the gradients aᵀ·x, summed in the order of the rows, of parameters [m, d] row-major.
/// Shapes: a [n, m], x [n, d]; state [m · d].
void adam_update(const AdamFactors& factors, MatrixView a, MatrixView x, const AdamState& state);

}  // namespace sonde::kernels
