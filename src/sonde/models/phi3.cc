// Phi-3: Llama's decoder with one product for query, key and value and one for gate and up.
// Source: Abdin et al. 2024; module names and order of transformers 5.23, modeling_phi3.py.
#include <algorithm>

#include "sonde/models/architecture.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {
namespace {

using graph::Bias;
using graph::Scope;
using graph::Value;

// self_attn: [t, d] -> [t, d]
Value attention(Scope s, Value x, const LlamaDecoder& c, std::int64_t window) {
  const std::int64_t query_width = c.heads * c.head_width, key_width = c.key_heads * c.head_width;
  const Value qkv = s.linear("qkv_proj", x, query_width + 2 * key_width, Bias::without);
  x = rotary_attention(s,
                       {s.columns(qkv, 0, query_width), s.columns(qkv, query_width, key_width),
                        s.columns(qkv, query_width + key_width, key_width)},
                       c, window);
  return s.linear("o_proj", x, c.width, Bias::without);
}

// mlp: [t, d] -> [t, d]
Value mlp(Scope s, Value x, const LlamaDecoder& c) {
  const Value both = s.linear("gate_up_proj", x, 2 * c.inner, Bias::without);
  const Value gate = s.activation("activation_fn", s.columns(both, 0, c.inner), c.activation);
  return s.linear("down_proj", s.multiply(s.columns(both, c.inner, c.inner), gate), c.width, Bias::without);
}

Value layer(Scope s, Value x, const LlamaDecoder& c, std::int64_t window) {
  Value y = s.call("self_attn", attention, s.rms_norm("input_layernorm", x, c.eps), c, window);
  x = s.add(x, s.identity("resid_attn_dropout", y));
  s.name_inner("resid_mid", x);
  y = s.call("mlp", mlp, s.rms_norm("post_attention_layernorm", x, c.eps), c);
  return s.add(x, s.identity("resid_mlp_dropout", y));
}

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_llama_decoder(config, {.positions = 4096, .eps = 1e-5});
  const auto parameters = config.object("rope_parameters");
  const double rotated = (parameters ? *parameters : config).number("partial_rotary_factor", 1.0);
  if (rotated != 1.0) Config::refuse("partial_rotary_factor", std::to_string(rotated), "1");
  std::ranges::fill(decoder.windows, config.size("sliding_window", 0));
  decoder.layer = layer;
  return llama_decoder_graph(decoder, model_class == "Phi3ForCausalLM");
}

}  // namespace

extern const Architecture phi3_entry;
const Architecture phi3_entry = {
    "phi3", "Phi-3 decoder, Llama's with fused projections", {"Phi3ForCausalLM", "Phi3Model"}, build};

}  // namespace sonde::models
