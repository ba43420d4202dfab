// Llama. Source: Touvron et al. 2023; transformers 5.23, configuration_llama.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/gguf_llama.h"
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

std::vector<GgufTensorName> gguf_tensor_names() {
  std::vector<GgufTensorName> names = gguf_llama_norms();
  // llama.cpp rotates neighbours where transformers rotates halves, and reorders the rows for it.
  names.push_back({"blk.{i}.attn_q", "model.layers.{i}.self_attn.q_proj", GgufForm::query_heads});
  names.push_back({"blk.{i}.attn_k", "model.layers.{i}.self_attn.k_proj", GgufForm::key_heads});
  return gguf_llama_tensors(names);
}

const GgufNaming kGguf = {.architecture = "llama",
                          .keys = gguf_llama_keys({{"rope.dimension_count", "head_dim"}}),
                          .tensors = gguf_tensor_names(),
                          .complete = gguf_complete_llama};

}  // namespace

extern const Architecture llama_entry;
const Architecture llama_entry = {"llama",
                                  "Llama decoder, rotary positions, grouped heads, gated MLP",
                                  {"LlamaForCausalLM", "LlamaModel"},
                                  build,
                                  &kGguf};

}  // namespace sonde::models
