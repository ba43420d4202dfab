// The backward pass of the activation functions that probes train through.
#pragma once

#include "sonde/core/matrix.h"
#include "sonde/kernels/elementwise.h"

namespace sonde::kernels {

/// Multiply by the slope of an activation: dx = dy · f'(x). The slope of relu at 0 is 0. dx may be dy.
/// Shapes: x, dy, dx [t, d]. Errors: internal for an activation other than gelu, relu or sigmoid.
void activation_gradient(Activation activation, MatrixView x, MatrixView dy, MutableMatrixView dx);

}  // namespace sonde::kernels
