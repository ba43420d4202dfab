// Llama. Source: Touvron et al. 2023; transformers 5.23, configuration_llama.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_llama_decoder(config);
  const auto bias = [&config](const char* key) {
    return config.flag(key, false) ? graph::Bias::with : graph::Bias::without;
  };
  decoder.qkv_bias = decoder.output_bias = bias("attention_bias");
  decoder.mlp_bias = bias("mlp_bias");
  return llama_decoder_graph(decoder, model_class == "LlamaForCausalLM");
}

}  // namespace

extern const Architecture llama_entry;
const Architecture llama_entry = {"llama",
                                  "Llama decoder, rotary positions, grouped heads, gated MLP",
                                  {"LlamaForCausalLM", "LlamaModel"},
                                  build};

}  // namespace sonde::models
