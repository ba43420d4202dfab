// How torch.nn.Linear draws its first weights: Kaiming-uniform with a = √5 for the weight, then the bias.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/replay/torch_generator.h"

namespace sonde::replay {

/// The parameters of a fresh layer. Shapes: weight [outputs, inputs] row-major, bias [outputs].
struct TorchLinear {
  std::vector<float> weight;
  std::vector<float> bias;
};

/// Draw what torch.nn.Linear(inputs, outputs) draws from the generator. `inputs` must be positive.
/// Source: torch 2.15.0, nn/modules/linear.py and nn/init.py; He et al. 2015, equation 10.
TorchLinear draw_torch_linear(TorchGenerator& generator, std::int64_t inputs, std::int64_t outputs);

}  // namespace sonde::replay
