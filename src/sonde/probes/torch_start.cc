#include "sonde/probes/torch_start.h"

#include <algorithm>

#include "sonde/replay/torch_linear.h"

namespace sonde::probes {

void draw_torch_layers(replay::TorchGenerator& generator, std::span<const solvers::DenseLayer> layers,
                       std::span<float> parameters) {
  for (const solvers::DenseLayer& layer : layers) {
    const replay::TorchLinear drawn = replay::draw_torch_linear(generator, layer.inputs, layer.outputs);
    std::ranges::copy(drawn.weight, parameters.begin() + layer.offset);
    std::ranges::copy(drawn.bias, parameters.begin() + layer.bias_offset());
  }
}

}  // namespace sonde::probes
