// Mistral: Llama's decoder, where a token may see only a window of the tokens before it.
// Source: Jiang et al. 2023; transformers 5.23, configuration_mistral.py.
#include <algorithm>

#include "sonde/models/architecture.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_llama_decoder(config, {.positions = 131072, .key_heads = 8});
  // null means no window, a missing key 4,096.
  const std::int64_t window = config.is_null("sliding_window") ? 0 : config.size("sliding_window", 4096);
  std::ranges::fill(decoder.windows, window);
  return llama_decoder_graph(decoder, model_class == "MistralForCausalLM");
}

}  // namespace

extern const Architecture mistral_entry;
const Architecture mistral_entry = {"mistral",
                                    "Mistral decoder, Llama's with a sliding window",
                                    {"MistralForCausalLM", "MistralModel"},
                                    build};

}  // namespace sonde::models
