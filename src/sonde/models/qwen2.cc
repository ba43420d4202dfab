// Qwen2: Llama's decoder with biases on query, key and value, and a sliding window on the later layers where
// the config asks for it.
// Source: Yang et al. 2024; transformers 5.23, configuration_qwen2.py.
#include <fmt/core.h>

#include "sonde/models/architecture.h"
#include "sonde/models/blocks/gguf_llama.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {
namespace {

constexpr std::string_view kFull = "full_attention", kSliding = "sliding_attention";

// Source: Qwen2Config.__post_init__: layer_types, where given, decides; otherwise max_window_layers does.
void set_windows(const Config& config, std::vector<std::int64_t>& windows) {
  if (!config.flag("use_sliding_window", false) || config.is_null("sliding_window")) return;
  const std::int64_t window = config.size("sliding_window", 4096);
  const auto first = static_cast<std::size_t>(config.count("max_window_layers", 28));
  const std::vector<std::string> types = config.texts("layer_types");
  if (!types.empty() && types.size() != windows.size())
    Config::refuse("layer_types", fmt::format("{} entries", types.size()), "one for each layer");
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::string_view type = !types.empty() ? types[i] : i >= first ? kSliding : kFull;
    if (type != kSliding && type != kFull)
      Config::refuse("layer_types", fmt::format("'{}'", type), fmt::format("{} or {}", kFull, kSliding));
    if (type == kSliding) windows[i] = window;
  }
}

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_llama_decoder(config, {.positions = 32768, .key_heads = 32});
  decoder.qkv_bias = graph::Bias::with;
  set_windows(config, decoder.windows);
  return llama_decoder_graph(decoder, model_class == "Qwen2ForCausalLM");
}

const GgufNaming kGguf = {.architecture = "qwen2",
                          .keys = gguf_llama_keys(),
                          .tensors = gguf_llama_tensors(gguf_llama_norms()),
                          .complete = gguf_complete_llama};

}  // namespace

extern const Architecture qwen2_entry;
const Architecture qwen2_entry = {"qwen2",
                                  "Qwen2 decoder, Llama's with query, key and value biases",
                                  {"Qwen2ForCausalLM", "Qwen2Model"},
                                  build,
                                  &kGguf};

}  // namespace sonde::models
