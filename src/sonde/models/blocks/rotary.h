// Rotary position embeddings as configs describe them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sonde/graph/graph.h"
#include "sonde/models/config.h"

namespace sonde::models {

/// What a config says about rotary positions, wherever it says it.
struct Rotary {
  std::int64_t head_width = 0;         ///< e
  double theta = 10000.0;              ///< base of the frequencies. Larger: slower turns
  double part = 1.0;                   ///< share of a head that turns, 0–1
  std::int64_t positions = 0;          ///< tokens, the model's most
  std::int64_t trained_positions = 0;  ///< tokens, before any stretching; 0: as `scaling` says, or positions
  std::string type = "default";        ///< what `rope_type` says
  std::optional<Config> scaling;       ///< the object with `rope_type` and its numbers
};

/// What older configs call the numbers that `rope_parameters` now holds.
struct RotaryKeys {
  std::string_view theta = "rope_theta";
  std::string_view
      part;  ///< for example "partial_rotary_factor"; empty: a whole head turns, whatever is said
  double part_otherwise = 1.0;  ///< where the config says nothing
};

/// Read theta, part and scaling from `rope_scaling` and the keys beside it, or from `rope_parameters`, which
/// newer configs hold instead.
Rotary read_rotary(const Config& config, const RotaryKeys& keys = {});

/// Read theta and scaling of the layers of one type, "full_attention" or "sliding_attention", from a config
/// that keeps them apart: newer ones in an object of `rope_parameters` for each, older ones in two keys,
/// given here as `theta`, and a `rope_scaling`, given as `scaling` where it is meant for these layers.
/// Source: transformers 5.23, Gemma3TextConfig and ModernBertConfig, convert_rope_params_to_dict.
Rotary read_layer_rotary(const Config& config, std::string_view layer_type, double theta,
                         const std::optional<Config>& scaling);

/// Compute the rotation of one head. With longrope a text of more tokens than the trained ones turns by the
/// long factors: transformers takes the longest text of a padded batch for all its texts; here each text
/// decides for itself, as it does in transformers when it is alone. The type "divided", with the list
/// `divisors`, is what GGUF files give. Errors: input for a scaling type other
/// than these, default, linear, llama3 and yarn, for a head of odd width that turns whole, and for factors
/// that are no positive numbers or not one for each frequency. Source: transformers 5.23,
/// modeling_rope_utils.py; Llama 3.1's scaling of low frequencies; Peng et al. 2023, "YaRN"; Ding et al.
/// 2024, "LongRoPE".
graph::Rotate rotation(const Rotary& rotary);

}  // namespace sonde::models
