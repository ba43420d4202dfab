// First weights as torch draws them, for probes that repeat a published training to the letter.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/replay/torch_generator.h"
#include "sonde/solvers/dense_layer.h"

namespace sonde::probes {

/// What option `draws` says of itself where torch's draws can be had.
inline constexpr const char* kTorchDrawsHelp =
    "whose random numbers: sonde's own, which follow from the run's seed, or torch's after "
    "torch.manual_seed(seed)";
/// What option `seed` says of itself.
inline constexpr const char* kDrawsSeedHelp = "seed of draws other than sonde's";

/// Draw the parameters of layers as torch.nn.Linear draws them when the layers are built in this order.
void draw_torch_layers(replay::TorchGenerator& generator, std::span<const solvers::DenseLayer> layers,
                       std::span<float> parameters);

}  // namespace sonde::probes
