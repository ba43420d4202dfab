#include "sonde/data/value_split.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "sonde/core/error.h"
#include "sonde/core/random.h"
#include "sonde/replay/numpy_generator.h"
#include "sonde/replay/numpy_random_state.h"
#include "sonde/replay/python_random.h"
#include "sonde/replay/torch_generator.h"

namespace sonde::data {
namespace {

// The bounds below which a value is for training, and for validation, without the last digits' rounding: 0.9
// and not 0.89999….
struct Bounds {
  double train = 0, valid = 0;

  explicit Bounds(const SplitOptions& options)
      : train(rounded(1 - options.valid - options.test)), valid(rounded(1 - options.test)) {}
  static double rounded(double value) { return std::round(value * 1e12) / 1e12; }
  template <class T>
  Part part(T uniform) const {
    if (uniform < static_cast<T>(train)) return Part::train;
    return uniform < static_cast<T>(valid) ? Part::valid : Part::test;
  }
};

template <class Draw>
std::vector<Part> drawn(std::size_t n, const Bounds& bounds, Draw draw) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < n; ++i) parts.push_back(bounds.part(draw(i)));
  return parts;
}

std::vector<Part> parts_of_values(std::size_t n, const SplitOptions& options) {
  const Bounds bounds(options);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  if (options.stream == "torch") {
    std::vector<float> uniforms(n);
    replay::TorchGenerator(seed).uniform(std::span(uniforms));
    return drawn(n, bounds, [&](std::size_t i) { return uniforms[i]; });
  }
  if (options.stream == "numpy_legacy") {
    replay::NumpyRandomState random(options.seed);
    return drawn(n, bounds, [&](std::size_t) { return random.random_sample(); });
  }
  if (options.stream == "numpy") {
    replay::NumpyGenerator random(seed);
    return drawn(n, bounds, [&](std::size_t) { return random.random(); });
  }
  if (options.stream == "python") {
    replay::PythonRandom random(options.seed);
    return drawn(n, bounds, [&](std::size_t) { return random.random(); });
  }
  const RandomStream random(seed, "split");
  return drawn(n, bounds, [&](std::size_t i) { return random.uniform(i); });
}

void require_values(const std::vector<Part>& parts, Part part) {
  if (std::ranges::find(parts, part) != parts.end()) return;
  throw Error(ErrorCode::input, {.where = "split",
                                 .what = fmt::format("the {} part has no value", to_string(part)),
                                 .got = fmt::format("{} distinct values in all", parts.size()),
                                 .expected = "a value at least in every part that is asked for",
                                 .hint = "take another seed or other fractions"});
}

}  // namespace

std::vector<Part> parts_by_value(const SplitInput& input, const SplitOptions& options) {
  if (input.targets.empty()) {
    throw Error(ErrorCode::usage, {.where = "split",
                                   .what = "method 'values' holds out values of a number, and there is none",
                                   .expected = "probes that predict numbers, and no others",
                                   .hint = "choose such a probe, or method random, stratified or grouped"});
  }
  std::vector<double> values(input.targets.begin(), input.targets.end());
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  const std::vector<Part> of_values = parts_of_values(values.size(), options);
  require_values(of_values, Part::train);
  if (options.valid > 0) require_values(of_values, Part::valid);
  require_values(of_values, Part::test);
  std::vector<Part> parts;
  for (const double target : input.targets)
    parts.push_back(of_values[std::ranges::lower_bound(values, target) - values.begin()]);
  return parts;
}

}  // namespace sonde::data
