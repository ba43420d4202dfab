// Qwen2: Llama's decoder with biases on query, key and value, and a sliding window on the later layers where
// the config asks for it.
// Source: Yang et al. 2024; transformers 5.23, configuration_qwen2.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/gguf_llama.h"
#include "sonde/models/blocks/layer_types.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_llama_decoder(config, {.positions = 32768, .key_heads = 32});
  decoder.qkv_bias = graph::Bias::with;
  decoder.windows = read_qwen_windows(config, decoder.layers);
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
