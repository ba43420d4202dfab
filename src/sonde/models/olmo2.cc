// OLMo 2: Llama's decoder with norms after each sub-layer instead of before, and on whole queries and keys.
// Source: OLMo Team 2025; module names and order of transformers 5.23, modeling_olmo2.py.
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
  const Value query = s.rms_norm("q_norm", s.linear("q_proj", x, query_width, c.qkv_bias), c.eps);
  const Value key = s.rms_norm("k_norm", s.linear("k_proj", x, key_width, c.qkv_bias), c.eps);
  const Value value = s.linear("v_proj", x, key_width, c.qkv_bias);
  x = rotary_attention(s, {query, key, value}, c, layer);
  return s.linear("o_proj", x, c.width, c.output_bias);
}

Value layer(Scope s, Value x, const LlamaDecoder& c, std::size_t layer) {
  x = s.add(x, s.rms_norm("post_attention_layernorm", s.call("self_attn", attention, x, c, layer), c.eps));
  s.name_inner("resid_mid", x);
  return s.add(x, s.rms_norm("post_feedforward_layernorm", s.call("mlp", llama_mlp, x, c), c.eps));
}

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_llama_decoder(config, {.eps = 1e-5});
  decoder.qkv_bias = decoder.output_bias = config.flag("attention_bias", false) ? Bias::with : Bias::without;
  decoder.layer = layer;
  return llama_decoder_graph(decoder, model_class == "Olmo2ForCausalLM");
}

}  // namespace

extern const Architecture olmo2_entry;
const Architecture olmo2_entry = {
    "olmo2", "OLMo 2 decoder, Llama's with norms after", {"Olmo2ForCausalLM", "Olmo2Model"}, build};

}  // namespace sonde::models
