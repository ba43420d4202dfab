// Which layers of a decoder look back over a window only.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/models/config.h"

namespace sonde::models {

/// What `layer_types` says of a layer.
enum class LayerType {
  full_attention,     ///< sees everything before it
  sliding_attention,  ///< sees a window
};

/// Read `layer_types`, one for each layer, or give `otherwise` when the config has none.
/// Errors: input for a type not listed above, or a number of types that is not otherwise.size().
std::vector<LayerType> read_layer_types(const Config& config, std::vector<LayerType> otherwise);

/// Give the window of each layer: `window` where it slides, 0 (none) elsewhere.
std::vector<std::int64_t> windows_of(const std::vector<LayerType>& types, std::int64_t window);

/// Read the windows of Qwen's configs: of `sliding_window` tokens on the layers from `max_window_layers` on,
/// or where `layer_types` says so, and none without `use_sliding_window`. Shapes: [layers]. Source:
/// transformers 5.23, Qwen2Config.__post_init__ and Qwen3Config.__post_init__.
std::vector<std::int64_t> read_qwen_windows(const Config& config, std::int64_t layers);

}  // namespace sonde::models
