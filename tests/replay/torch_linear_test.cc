#include "sonde/replay/torch_linear.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace sonde::replay {
namespace {

TEST(TorchLinear, StartsAsTorchsLayersDo) {
  for (const auto& want : golden()["torch"]) {
    TorchGenerator random(want["seed"].get<std::uint64_t>());
    for (const auto& layer : want["linear"]) {
      const TorchLinear ours = draw_torch_linear(random, layer["inputs"], layer["outputs"]);
      EXPECT_EQ(ours.weight, layer["weight"].get<Floats>());
      EXPECT_EQ(ours.bias, layer["bias"].get<Floats>());
    }
  }
}

}  // namespace
}  // namespace sonde::replay
