#include "sonde/models/blocks/rotary.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sonde::models {
namespace {

double positive(const Config& config, std::string_view key, double otherwise) {
  const double value = config.number(key, otherwise);
  if (!(value > 0)) Config::refuse(key, std::to_string(value), "a positive number");
  return value;
}

std::int64_t trained_positions(const Rotary& rotary) {
  if (rotary.trained_positions > 0) return rotary.trained_positions;
  return rotary.scaling->size("original_max_position_embeddings", rotary.positions);
}

// [r/2] frequencies without any scaling. An odd part of a head is rounded up to pairs.
std::vector<float> plain_frequencies(const Rotary& rotary) {
  const auto turning = static_cast<std::int64_t>(static_cast<double>(rotary.head_width) * rotary.part);
  const std::int64_t pairs = (turning + 1) / 2;
  if (!(rotary.part > 0 && rotary.part <= 1) || pairs == 0) {
    Config::refuse("partial_rotary_factor", std::to_string(rotary.part),
                   "more than 0, at most 1, and at least one number of a head");
  }
  if (2 * pairs > rotary.head_width)
    Config::refuse("head_dim", std::to_string(rotary.head_width), "an even number");
  if (!(rotary.theta > 0)) Config::refuse("rope_theta", std::to_string(rotary.theta), "a positive number");
  std::vector<float> frequencies(static_cast<std::size_t>(pairs));
  for (std::size_t j = 0; j < frequencies.size(); ++j) {
    const double exponent = 2.0 * static_cast<double>(j) / static_cast<double>(turning);
    frequencies[j] = static_cast<float>(1.0 / std::pow(rotary.theta, exponent));
  }
  return frequencies;
}

// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, those between blended.
void stretch_low(const Rotary& rotary, std::vector<float>& frequencies) {
  const Config& scaling = *rotary.scaling;
  const double factor = positive(scaling, "factor", 8.0);
  const double low = scaling.number("low_freq_factor", 1.0), high = scaling.number("high_freq_factor", 4.0);
  const auto context = static_cast<double>(trained_positions(rotary));
  if (!(low > 0 && high > low))
    Config::refuse("high_freq_factor", std::to_string(high), "more than low_freq_factor");
  for (float& frequency : frequencies) {
    const double wavelength = 2.0 * std::numbers::pi / frequency;
    if (wavelength < context / high) continue;
    const double blend = std::max(0.0, (context / wavelength - low) / (high - low));
    frequency = static_cast<float>((1.0 - blend) * frequency / factor + blend * frequency);
  }
}

// YaRN: pairs that turn often within the trained context keep their frequency, those that turn less than once
// are stretched, those between blended; what turns grows with the stretch.
void set_yarn(const Rotary& rotary, graph::Rotate& rotate) {
  const Config& scaling = *rotary.scaling;
  if (!(rotary.theta > 1)) Config::refuse("rope_theta", std::to_string(rotary.theta), "more than 1");
  const auto trained = static_cast<double>(trained_positions(rotary));
  const double stretch = positive(scaling, "factor", static_cast<double>(rotary.positions) / trained);
  const double turning = std::trunc(static_cast<double>(rotary.head_width) * rotary.part);
  const auto pair_with_turns = [&](double turns) {
    return turning * std::log(trained / (turns * 2 * std::numbers::pi)) / (2 * std::log(rotary.theta));
  };
  double kept = pair_with_turns(positive(scaling, "beta_fast", 32));
  double stretched = pair_with_turns(positive(scaling, "beta_slow", 1));
  if (scaling.flag("truncate", true)) {
    kept = std::floor(kept);
    stretched = std::ceil(stretched);
  }
  kept = std::max(kept, 0.0);
  stretched = std::min(stretched, turning - 1);
  if (kept == stretched) stretched += 0.001;
  for (std::size_t j = 0; j < rotate.frequencies.size(); ++j) {
    const double blend = std::clamp((static_cast<double>(j) - kept) / (stretched - kept), 0.0, 1.0);
    rotate.frequencies[j] = static_cast<float>(rotate.frequencies[j] * (blend / stretch + 1 - blend));
  }
  const auto growth = [&](double by) { return stretch <= 1 ? 1.0 : 0.1 * by * std::log(stretch) + 1; };
  const double above = scaling.number("mscale", 0), below = scaling.number("mscale_all_dim", 0);
  const double usual = above != 0 && below != 0 ? growth(above) / growth(below) : growth(1);
  rotate.scale = static_cast<float>(positive(scaling, "attention_factor", usual));
}

// frequencies divided by the factors under `key`, one for each.
std::vector<float> divided(const std::vector<float>& frequencies, const Config& scaling,
                           std::string_view key) {
  const std::vector<double> factors = scaling.numbers(key);
  if (factors.size() != frequencies.size()) {
    Config::refuse(key, fmt::format("{} numbers", factors.size()),
                   fmt::format("{}, one for each frequency", frequencies.size()));
  }
  std::vector<float> result(frequencies.size());
  for (std::size_t j = 0; j < result.size(); ++j) {
    if (!(factors[j] > 0)) Config::refuse(key, std::to_string(factors[j]), "positive numbers");
    result[j] = static_cast<float>(frequencies[j] / factors[j]);
  }
  return result;
}

// LongRoPE: a factor for each frequency, one list for short texts and one for long ones; what turns grows
// with the stretch of the context.
void set_longrope(const Rotary& rotary, graph::Rotate& rotate) {
  const Config& scaling = *rotary.scaling;
  const std::int64_t trained = trained_positions(rotary);
  if (trained < 2) Config::refuse("original_max_position_embeddings", std::to_string(trained), "at least 2");
  const double stretch =
      positive(scaling, "factor", static_cast<double>(rotary.positions) / static_cast<double>(trained));
  const double growth =
      stretch <= 1 ? 1.0 : std::sqrt(1 + std::log(stretch) / std::log(static_cast<double>(trained)));
  rotate.scale = static_cast<float>(positive(scaling, "attention_factor", growth));
  rotate.long_frequencies = divided(rotate.frequencies, scaling, "long_factor");
  rotate.frequencies = divided(rotate.frequencies, scaling, "short_factor");
  rotate.short_tokens = trained;
}

}  // namespace

Rotary read_rotary(const Config& config, const RotaryKeys& keys) {
  Rotary rotary;
  rotary.scaling = config.object("rope_scaling");
  if (!rotary.scaling) rotary.scaling = config.object("rope_parameters");
  const Config& first = rotary.scaling ? *rotary.scaling : config;
  // Older configs say `type` where newer ones say `rope_type`.
  if (rotary.scaling) rotary.type = first.text("rope_type", first.text("type", "default"));
  rotary.theta = first.number("rope_theta", config.number(keys.theta, rotary.theta));
  if (!keys.part.empty())
    rotary.part = first.number("partial_rotary_factor", config.number(keys.part, keys.part_otherwise));
  return rotary;
}

Rotary read_layer_rotary(const Config& config, std::string_view layer_type, double theta,
                         const std::optional<Config>& scaling) {
  Rotary rotary{.theta = theta};
  if (const auto parameters = config.object("rope_parameters"))
    rotary.scaling = parameters->object(layer_type);
  if (rotary.scaling) rotary.theta = rotary.scaling->number("rope_theta", theta);
  if (scaling) rotary.scaling = scaling;
  if (rotary.scaling)
    rotary.type = rotary.scaling->text("rope_type", rotary.scaling->text("type", "default"));
  return rotary;
}

graph::Rotate rotation(const Rotary& rotary) {
  const std::string& type = rotary.type;
  graph::Rotate rotate{.frequencies = plain_frequencies(rotary), .head_width = rotary.head_width};
  if (type == "linear") {
    const double factor = positive(*rotary.scaling, "factor", 1.0);
    for (float& frequency : rotate.frequencies) frequency /= static_cast<float>(factor);
  } else if (type == "llama3") {
    stretch_low(rotary, rotate.frequencies);
  } else if (type == "yarn") {
    set_yarn(rotary, rotate);
  } else if (type == "longrope") {
    set_longrope(rotary, rotate);
  } else if (type == "divided") {
    rotate.frequencies = divided(rotate.frequencies, *rotary.scaling, "divisors");
  } else if (type != "default") {
    Config::refuse("rope_scaling", type, "default, linear, llama3, yarn or longrope");
  }
  return rotate;
}

}  // namespace sonde::models
