// Operations on each number by itself, and row-wise sums of two matrices. y may be x.
#pragma once

#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// The activation functions that configs name.
enum class Activation {
  gelu,       ///< x·Φ(x), exact up to rounding
  gelu_tanh,  ///< the tanh approximation (gelu_new, gelu_pytorch_tanh, gelu_fast)
  relu,
  silu,  ///< x·sigmoid(x) (silu, swish)
  tanh,
  sigmoid,
};

/// Give the activation that a config's word stands for. Errors: input, naming the known words nearest to it.
Activation activation_named(std::string_view word);

/// Apply an activation to every element. Shapes: x, y [t, d].
/// Source: erf by a rational fit of our own (relative error 5.2e-8 on |z| ≤ 3.925, 3.3e-7 absolute in float).
void activate(Activation activation, MatrixView x, MutableMatrixView y);

/// Limit every element softly: cap·tanh(x/cap). Shapes: x, y [t, d].
/// Larger: a larger cap leaves more as it is. Source: Gemma Team 2024, section 2.
void soft_cap(MatrixView x, float cap, MutableMatrixView y);

/// Add two matrices. Shapes: all [t, d].
void add(MatrixView a, MatrixView b, MutableMatrixView y);

/// Multiply two matrices element by element. Shapes: all [t, d].
void multiply(MatrixView a, MatrixView b, MutableMatrixView y);

}  // namespace sonde::kernels
