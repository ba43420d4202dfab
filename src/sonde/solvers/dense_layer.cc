#include "sonde/solvers/dense_layer.h"

#include <algorithm>
#include <cmath>

#include "sonde/kernels/elementwise.h"
#include "sonde/kernels/product.h"

namespace sonde::solvers {

using kernels::Factor;
using kernels::Transpose;

void draw_start(const DenseLayer& layer, const RandomStream& stream, std::span<float> parameters) {
  const double bound = 1 / std::sqrt(static_cast<double>(layer.inputs));
  for (std::int64_t i = 0; i < layer.size(); ++i) {
    parameters[layer.offset + i] = static_cast<float>(bound * (2 * stream.uniform(i) - 1));
  }
}

void forward(const DenseLayer& layer, std::span<const float> parameters, MatrixView x, ColumnRange outputs,
             MutableMatrixView y) {
  const MatrixView all = layer.weight(parameters);
  const MatrixView rows{all.data + outputs.first * all.stride, outputs.count, all.cols, all.stride};
  const MutableMatrixView block = columns(y, outputs);
  kernels::matrix_product(Factor{x}, Factor{rows, Transpose::yes}, block);
  const float* const bias = layer.bias(parameters).data() + outputs.first;
  kernels::add(block, {bias, block.rows, block.cols, 0}, block);  // one row, read again for every row
}

void backward(const DenseLayer& layer, std::span<const float> parameters, MatrixView dy, ColumnRange inputs,
              MutableMatrixView dx) {
  // Factors are named, because two bare views would be multiplied element by element.
  kernels::matrix_product(Factor{dy}, Factor{columns(layer.weight(parameters), inputs)}, columns(dx, inputs));
}

void gradient(MatrixView x, MatrixView dy, ColumnRange outputs, MutableMatrixView weight,
              std::span<float> bias) {
  const MatrixView block = columns(dy, outputs);
  kernels::matrix_product(Factor{block, Transpose::yes}, Factor{x}, weight);
  std::ranges::fill(bias, 0.0f);
  for (std::int64_t i = 0; i < block.rows; ++i) {
    const float* const row = block.data + i * block.stride;
    for (std::int64_t j = 0; j < block.cols; ++j) bias[j] += row[j];
  }
}

}  // namespace sonde::solvers
