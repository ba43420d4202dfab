// Frequencies of rotary position embeddings as configs describe them.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/models/config.h"

namespace sonde::models {

/// Compute the frequencies of one head from `rope_theta` and `rope_scaling`, or from `rope_parameters`, which
/// newer configs hold instead of both. The type "divided", with the list `divisors`, is what GGUF files give.
/// Shapes: [head_width / 2], radians per position. Errors: input for a scaling type other than default,
/// linear, llama3 and divided, or divisors that do not fit. Source: transformers 5.23,
/// modeling_rope_utils.py; Llama 3.1's scaling of low frequencies.
std::vector<float> rotary_frequencies(const Config& config, std::int64_t head_width);

}  // namespace sonde::models
