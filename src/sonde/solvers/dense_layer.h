// A linear map y = x·Wᵀ + b of a network: where it lies in the flat vector of parameters, how it begins, and
// the products of its forward and backward pass over a block of its columns, so that a team can share a step.
// Activations and updates are the caller's.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/core/random.h"

namespace sonde::solvers {

/// A linear map within a flat vector of parameters: weight [outputs, inputs], then bias [outputs].
struct DenseLayer {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t offset = 0;  ///< first of its parameters

  std::int64_t size() const { return outputs * inputs + outputs; }
  std::int64_t bias_offset() const { return offset + outputs * inputs; }
  MatrixView weight(std::span<const float> parameters) const {
    return {parameters.data() + offset, outputs, inputs, inputs};
  }
  std::span<const float> bias(std::span<const float> parameters) const {
    return parameters.subspan(bias_offset(), outputs);
  }
};

/// Draw weights and biases uniformly between ±1/√inputs.
/// Source: torch 2.15 nn.Linear.reset_parameters (the distribution; the draws are ours).
void draw_start(const DenseLayer& layer, const RandomStream& stream, std::span<float> parameters);

/// Compute the columns `outputs` of y = x·Wᵀ + b.
/// Shapes: x [n, inputs]; y [n, outputs of the layer].
void forward(const DenseLayer& layer, std::span<const float> parameters, MatrixView x, ColumnRange outputs,
             MutableMatrixView y);

/// Compute the columns `inputs` of dx = dy·W.
/// Shapes: dy [n, outputs]; dx [n, inputs of the layer].
void backward(const DenseLayer& layer, std::span<const float> parameters, MatrixView dy, ColumnRange inputs,
              MutableMatrixView dx);

/// Compute the gradients of the rows `outputs` of the weight, dyᵀ·x, and of their biases.
/// Shapes: x [n, inputs], dy [n, outputs of the layer]; weight [range, inputs], bias [range].
void gradient(MatrixView x, MatrixView dy, ColumnRange outputs, MutableMatrixView weight,
              std::span<float> bias);

}  // namespace sonde::solvers
