// Frequencies of rotary position embeddings as configs describe them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sonde/models/config.h"

namespace sonde::models {

/// Compute the frequencies of one head from `rope_theta` and `rope_scaling`, or from `rope_parameters`, which
/// newer configs hold instead of both. Shapes: [head_width / 2], radians per position. Errors: input for a
/// scaling type other than default, linear and llama3. Source: transformers 5.23, modeling_rope_utils.py;
/// Llama 3.1's scaling of low frequencies.
std::vector<float> rotary_frequencies(const Config& config, std::int64_t head_width);

/// Compute the same from the base of the frequencies and an object such as `rope_scaling`, if there is one.
std::vector<float> rotary_frequencies(double theta, const std::optional<Config>& scaling,
                                      std::int64_t head_width);

}  // namespace sonde::models
