#include "sonde/replay/torch_linear.h"

#include <cmath>
#include <span>

#include "sonde/core/error.h"

namespace sonde::replay {

TorchLinear draw_torch_linear(TorchGenerator& generator, std::int64_t inputs, std::int64_t outputs) {
  SONDE_ASSERT(inputs > 0 && outputs >= 0);
  TorchLinear layer{std::vector<float>(inputs * outputs), std::vector<float>(outputs)};
  // Both bounds are 1/√inputs on paper, but torch comes to the first by way of a gain, which rounds.
  const double root = std::sqrt(static_cast<double>(inputs));
  const double slope = std::sqrt(5.0);
  const double gain = std::sqrt(2.0 / (1 + slope * slope));
  const double spread = std::sqrt(3.0) * (gain / root);
  generator.uniform(std::span(layer.weight), static_cast<float>(-spread), static_cast<float>(spread));
  const double bound = 1 / root;
  generator.uniform(std::span(layer.bias), static_cast<float>(-bound), static_cast<float>(bound));
  return layer;
}

}  // namespace sonde::replay
