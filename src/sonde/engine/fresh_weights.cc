#include "sonde/engine/fresh_weights.h"

#include <cmath>
#include <numbers>

namespace sonde::engine {
namespace {

// Two normal numbers from 64 bits (Box–Muller), none further out than 6.7 deviations.
void draw_pair(std::uint64_t bits, double deviation, double pair[2]) {
  const double first = (static_cast<double>(bits >> 32) + 1) * 0x1.0p-32;
  const double second = static_cast<double>(bits & 0xFFFFFFFFu) * 0x1.0p-32;
  const double radius = deviation * std::sqrt(-2 * std::log(first));
  pair[0] = radius * std::cos(2 * std::numbers::pi * second);
  pair[1] = radius * std::sin(2 * std::numbers::pi * second);
}

}  // namespace

FreshWeights::FreshWeights(const graph::Graph& graph, double deviation, std::uint64_t seed)
    : deviation_(deviation) {
  const RandomStream stream(seed, "fresh weights");
  for (const graph::ParameterRecord& parameter : graph.parameters) {
    const std::string& name = parameter.tied_to.empty() ? parameter.name : parameter.tied_to;
    fills_.push_back({.stream = RandomStream(stream.bits(0), name)});
  }
  for (const graph::Node& node : graph.nodes) {
    if (const auto* norm = std::get_if<graph::Normalize>(&node.operation)) {
      for (std::size_t i = 0; i < node.parameters.size(); ++i) {
        Fill& fill = fills_[node.parameters[i]];
        fill.drawn = false;
        fill.value = i == 0 ? 1 - norm->offset : 0;
      }
    } else if (std::holds_alternative<graph::Linear>(node.operation) && node.parameters.size() > 1) {
      fills_[node.parameters[1]].drawn = false;
    }
  }
}

void FreshWeights::write(graph::ParameterId parameter, std::int64_t first, std::span<float> target) const {
  const Fill& fill = fills_[parameter];
  if (!fill.drawn) {
    for (float& number : target) number = fill.value;
    return;
  }
  const std::int64_t end = first + static_cast<std::int64_t>(target.size());
  double pair[2];
  for (std::int64_t i = first; i < end;) {
    draw_pair(fill.stream.bits(static_cast<std::uint64_t>(i / 2)), deviation_, pair);
    do {
      target[i - first] = static_cast<float>(pair[i % 2]);
      ++i;
    } while (i % 2 == 1 && i < end);
  }
}

}  // namespace sonde::engine
