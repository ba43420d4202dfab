#include "sonde/models/blocks/layer_types.h"

#include <fmt/core.h>

namespace sonde::models {
namespace {

constexpr std::string_view kFull = "full_attention", kSliding = "sliding_attention";

}  // namespace

std::vector<LayerType> read_layer_types(const Config& config, std::vector<LayerType> otherwise) {
  const std::vector<std::string> words = config.texts("layer_types");
  if (words.empty()) return otherwise;
  if (words.size() != otherwise.size())
    Config::refuse("layer_types", fmt::format("{} entries", words.size()), "one for each layer");
  std::vector<LayerType> types;
  for (const std::string& word : words) {
    if (word != kSliding && word != kFull)
      Config::refuse("layer_types", fmt::format("'{}'", word), fmt::format("{} or {}", kFull, kSliding));
    types.push_back(word == kSliding ? LayerType::sliding_attention : LayerType::full_attention);
  }
  return types;
}

std::vector<std::int64_t> windows_of(const std::vector<LayerType>& types, std::int64_t window) {
  std::vector<std::int64_t> windows;
  for (const LayerType type : types) windows.push_back(type == LayerType::sliding_attention ? window : 0);
  return windows;
}

std::vector<std::int64_t> read_qwen_windows(const Config& config, std::int64_t layers) {
  std::vector<LayerType> types(static_cast<std::size_t>(layers), LayerType::full_attention);
  if (!config.flag("use_sliding_window", false) || config.is_null("sliding_window"))
    return windows_of(types, 0);
  const auto first = static_cast<std::size_t>(config.count("max_window_layers", 28));
  for (std::size_t i = first; i < types.size(); ++i) types[i] = LayerType::sliding_attention;
  return windows_of(read_layer_types(config, std::move(types)), config.size("sliding_window", 4096));
}

}  // namespace sonde::models
