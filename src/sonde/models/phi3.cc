// Phi-3: Llama's decoder with one product for query, key and value and one for gate and up; part of a head
// may turn, and longer texts by other frequencies (LongRoPE). Source: Abdin et al. 2024; module names and
// order of transformers 5.23, modeling_phi3.py.
#include <algorithm>

#include "sonde/models/architecture.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {
namespace {

using graph::Bias;
using graph::Scope;
using graph::Value;

// self_attn: [t, d] -> [t, d]
Value attention(Scope s, Value x, const LlamaDecoder& c, std::size_t layer) {
  const std::int64_t query_width = c.heads * c.head_width, key_width = c.key_heads * c.head_width;
  const Value qkv = s.linear("qkv_proj", x, query_width + 2 * key_width, Bias::without);
  x = rotary_attention(s,
                       {s.columns(qkv, 0, query_width), s.columns(qkv, query_width, key_width),
                        s.columns(qkv, query_width + key_width, key_width)},
                       c, layer);
  return s.linear("o_proj", x, c.width, Bias::without);
}

// mlp: [t, d] -> [t, d]
Value mlp(Scope s, Value x, const LlamaDecoder& c) {
  const Value both = s.linear("gate_up_proj", x, 2 * c.inner, Bias::without);
  const Value gate = s.activation("activation_fn", s.columns(both, 0, c.inner), c.activation);
  return s.linear("down_proj", s.multiply(s.columns(both, c.inner, c.inner), gate), c.width, Bias::without);
}

Value layer(Scope s, Value x, const LlamaDecoder& c, std::size_t index) {
  Value y = s.call("self_attn", attention, s.rms_norm("input_layernorm", x, c.eps), c, index);
  x = s.add(x, s.identity("resid_attn_dropout", y));
  s.name_inner("resid_mid", x);
  y = s.call("mlp", mlp, s.rms_norm("post_attention_layernorm", x, c.eps), c);
  return s.add(x, s.identity("resid_mlp_dropout", y));
}

// Source: Phi3Config: the trained positions stand beside the scaling and outweigh what it says; older configs
// call longrope `su` or `yarn`.
Rotary read_phi3_rotary(const Config& config) {
  Rotary rotary = read_rotary(config, {.part = "partial_rotary_factor"});
  rotary.trained_positions = config.size("original_max_position_embeddings", 4096);
  if (rotary.type == "su" || rotary.type == "yarn") rotary.type = "longrope";
  if (rotary.type != "default" && rotary.type != "longrope")
    Config::refuse("rope_scaling", rotary.type, "default or longrope");
  return rotary;
}

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder =
      read_llama_decoder(config, {.positions = 4096, .eps = 1e-5, .rotary = read_phi3_rotary(config)});
  std::ranges::fill(decoder.windows, config.size("sliding_window", 0));
  decoder.layer = layer;
  return llama_decoder_graph(decoder, model_class == "Phi3ForCausalLM");
}

}  // namespace

extern const Architecture phi3_entry;
const Architecture phi3_entry = {
    "phi3", "Phi-3 decoder, Llama's with fused projections", {"Phi3ForCausalLM", "Phi3Model"}, build};

}  // namespace sonde::models
