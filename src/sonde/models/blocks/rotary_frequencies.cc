#include "sonde/models/blocks/rotary_frequencies.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sonde::models {
namespace {

// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, those between blended.
float stretch_low(float frequency, const Config& scaling) {
  const double factor = scaling.number("factor", 8.0);
  const double low = scaling.number("low_freq_factor", 1.0), high = scaling.number("high_freq_factor", 4.0);
  const double context = static_cast<double>(scaling.size("original_max_position_embeddings", 8192));
  if (!(low > 0 && high > low))
    Config::refuse("high_freq_factor", std::to_string(high), "more than low_freq_factor");
  const double wavelength = 2.0 * std::numbers::pi / frequency;
  if (wavelength < context / high) return frequency;
  if (wavelength > context / low) return static_cast<float>(frequency / factor);
  const double blend = (context / wavelength - low) / (high - low);
  return static_cast<float>((1.0 - blend) * frequency / factor + blend * frequency);
}

// GGUF files carry the divisors themselves, one for each frequency.
std::vector<double> divisors_of(const Config& scaling, std::size_t count) {
  std::vector<double> divisors = scaling.numbers("divisors");
  const auto positive = [](double divisor) { return divisor > 0; };
  if (divisors.size() != count || !std::ranges::all_of(divisors, positive)) {
    Config::refuse("divisors", std::to_string(divisors.size()) + " numbers",
                   std::to_string(count) + " positive numbers");
  }
  return divisors;
}

}  // namespace

std::vector<float> rotary_frequencies(const Config& config, std::int64_t head_width) {
  const auto parameters = config.object("rope_parameters");
  const auto scaling = parameters ? parameters : config.object("rope_scaling");
  const double theta = parameters ? parameters->number("rope_theta", config.number("rope_theta", 10000.0))
                                  : config.number("rope_theta", 10000.0);
  // Older configs say `type` where newer ones say `rope_type`.
  const std::string type = scaling ? scaling->text("rope_type", scaling->text("type", "default")) : "default";
  if (type != "default" && type != "linear" && type != "llama3" && type != "divided") {
    Config::refuse("rope_scaling", type, "default, linear or llama3");
  }
  if (!(theta > 0)) Config::refuse("rope_theta", std::to_string(theta), "a positive number");
  const double factor = scaling ? scaling->number("factor", 1.0) : 1.0;
  if (!(factor > 0)) Config::refuse("factor", std::to_string(factor), "a positive number");
  std::vector<float> frequencies(static_cast<std::size_t>(head_width / 2));
  const std::vector<double> divisors = type == "divided" ? divisors_of(*scaling, frequencies.size())
                                                         : std::vector<double>(frequencies.size(), 1.0);
  for (std::size_t j = 0; j < frequencies.size(); ++j) {
    const double exponent = 2.0 * static_cast<double>(j) / static_cast<double>(head_width);
    frequencies[j] = static_cast<float>(1.0 / std::pow(theta, exponent));
    frequencies[j] /= static_cast<float>(divisors[j]);
    if (type == "linear") frequencies[j] /= static_cast<float>(factor);
    if (type == "llama3") frequencies[j] = stretch_low(frequencies[j], *scaling);
  }
  return frequencies;
}

}  // namespace sonde::models
