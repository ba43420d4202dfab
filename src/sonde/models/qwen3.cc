// Qwen3: Llama's decoder with an RMS norm on every head of query and key, and a sliding window on the later
// layers where the config asks for it. Source: Yang et al. 2025; module names and order of transformers 5.23,
// modeling_qwen3.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/gguf_llama.h"
#include "sonde/models/blocks/layer_types.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_llama_decoder(config, {.positions = 32768, .key_heads = 32, .head_width = 128});
  decoder.attention = head_norm_attention;
  if (config.flag("attention_bias", false)) decoder.qkv_bias = decoder.output_bias = graph::Bias::with;
  decoder.windows = read_qwen_windows(config, decoder.layers);
  return llama_decoder_graph(decoder, model_class == "Qwen3ForCausalLM");
}

std::vector<GgufTensorName> gguf_tensor_names() {
  std::vector<GgufTensorName> names = gguf_llama_norms();
  names.push_back({"blk.{i}.attn_q_norm", "model.layers.{i}.self_attn.q_norm"});
  names.push_back({"blk.{i}.attn_k_norm", "model.layers.{i}.self_attn.k_norm"});
  return gguf_llama_tensors(names);
}

const GgufNaming kGguf = {.architecture = "qwen3",
                          .keys = gguf_llama_keys({{"attention.key_length", "head_dim"}}),
                          .tensors = gguf_tensor_names(),
                          .complete = gguf_complete_llama};

}  // namespace

extern const Architecture qwen3_entry;
const Architecture qwen3_entry = {"qwen3",
                                  "Qwen3 decoder, Llama's with norms on query and key heads",
                                  {"Qwen3ForCausalLM", "Qwen3Model"},
                                  build,
                                  &kGguf};

}  // namespace sonde::models
