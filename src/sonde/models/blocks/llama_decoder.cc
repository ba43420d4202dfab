// Source: Touvron et al. 2023; module names and order of transformers 5.23, modeling_llama.py.
#include "sonde/models/blocks/llama_decoder.h"

#include <cmath>
#include <string>

#include "sonde/models/blocks/rotary.h"

namespace sonde::models {
namespace {

using graph::Bias;
using graph::Embedding;
using graph::Scope;
using graph::Value;

Value base(Scope s, const LlamaDecoder& c) {
  Value x = s.embedding("embed_tokens", Embedding{.scale = static_cast<float>(c.embedding_scale)},
                        c.vocabulary, c.width);
  for (std::size_t i = 0; i < c.windows.size(); ++i) {
    s.hidden_state(x);
    x = s.call("layers." + std::to_string(i), c.layer, x, c, i);
  }
  x = s.rms_norm("norm", x, c.eps, c.norm_offset);
  s.hidden_state(x);
  return x;
}

}  // namespace

Value rotary_attention(Scope s, const graph::Attention& qkv, const LlamaDecoder& c, std::size_t layer) {
  const graph::Rotate& rotation = c.rotations[layer];
  return s.attend({s.rotate(qkv.query, rotation), s.rotate(qkv.key, rotation), qkv.value},
                  {.heads = c.heads,
                   .key_heads = c.key_heads,
                   .head_width = c.head_width,
                   .scale = static_cast<float>(c.score_scale),
                   .mask = kernels::AttentionMask::causal,
                   .window = c.windows[layer],
                   .soft_cap = static_cast<float>(c.score_cap)});
}

Value llama_attention(Scope s, Value x, const LlamaDecoder& c, std::size_t layer) {
  const std::int64_t query_width = c.heads * c.head_width, key_width = c.key_heads * c.head_width;
  const Value query = s.linear("q_proj", x, query_width, c.qkv_bias);
  const Value key = s.linear("k_proj", x, key_width, c.qkv_bias);
  const Value value = s.linear("v_proj", x, key_width, c.qkv_bias);
  x = rotary_attention(s, {query, key, value}, c, layer);
  return s.linear("o_proj", x, c.width, c.output_bias);
}

Value head_norm_attention(Scope s, Value x, const LlamaDecoder& c, std::size_t layer) {
  const std::int64_t query_width = c.heads * c.head_width, key_width = c.key_heads * c.head_width;
  Value query = s.linear("q_proj", x, query_width, c.qkv_bias);
  query = s.head_rms_norm("q_norm", query, c.head_width, c.eps, c.norm_offset);
  Value key = s.linear("k_proj", x, key_width, c.qkv_bias);
  key = s.head_rms_norm("k_norm", key, c.head_width, c.eps, c.norm_offset);
  const Value value = s.linear("v_proj", x, key_width, c.qkv_bias);
  x = rotary_attention(s, {query, key, value}, c, layer);
  return s.linear("o_proj", x, c.width, c.output_bias);
}

Value llama_mlp(Scope s, Value x, const LlamaDecoder& c) {
  const Value gate = s.activation("act_fn", s.linear("gate_proj", x, c.inner, c.mlp_bias), c.activation);
  return s.linear("down_proj", s.multiply(gate, s.linear("up_proj", x, c.inner, c.mlp_bias)), c.width,
                  c.mlp_bias);
}

Value llama_layer(Scope s, Value x, const LlamaDecoder& c, std::size_t layer) {
  const Value normed = s.rms_norm("input_layernorm", x, c.eps, c.norm_offset);
  x = s.add(x, s.call("self_attn", c.attention, normed, c, layer));
  s.name_inner("resid_mid", x);
  return s.add(x,
               s.call("mlp", llama_mlp, s.rms_norm("post_attention_layernorm", x, c.eps, c.norm_offset), c));
}

LlamaDecoder read_llama_decoder(const Config& config, const LlamaDefaults& defaults) {
  const std::int64_t width = config.size("hidden_size"), heads = config.size("num_attention_heads");
  const bool as_heads = defaults.key_heads == 0 || config.is_null("num_key_value_heads");
  LlamaDecoder c{.width = width,
                 .layers = config.layer_count("num_hidden_layers"),
                 .heads = heads,
                 .key_heads = config.size("num_key_value_heads", as_heads ? heads : defaults.key_heads),
                 .head_width = config.size("head_dim", defaults.head_width > 0
                                                           ? defaults.head_width
                                                           : std::max<std::int64_t>(1, width / heads)),
                 .inner = config.size("intermediate_size"),
                 .vocabulary = config.size("vocab_size"),
                 .positions = config.size("max_position_embeddings", defaults.positions),
                 .eps = config.number("rms_norm_eps", defaults.eps),
                 .activation = config.activation("hidden_act", "silu"),
                 .tied = config.flag("tie_word_embeddings", false)};
  if (c.heads % c.key_heads != 0) {
    Config::refuse("num_key_value_heads", std::to_string(c.key_heads), "a divisor of num_attention_heads");
  }
  c.score_scale = 1.0f / std::sqrt(static_cast<float>(c.head_width));
  Rotary rotary = defaults.rotary ? *defaults.rotary : read_rotary(config);
  rotary.head_width = c.head_width;
  rotary.positions = c.positions;
  c.rotations.assign(static_cast<std::size_t>(c.layers), rotation(rotary));
  c.windows.assign(static_cast<std::size_t>(c.layers), 0);
  return c;
}

graph::Graph llama_decoder_graph(const LlamaDecoder& c, bool with_head) {
  graph::Graph graph;
  graph.base_name = "model";
  graph.head_class = with_head;
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  graph.ignored_suffixes = {"rotary_emb.inv_freq", "rope_freqs.weight"};
  Scope root(graph);
  const std::string prefix = with_head ? "model." : "";
  if (with_head) {
    const Value x = root.call_source("model", base, c);
    const Value logits = root.linear("lm_head", x, c.vocabulary, Bias::without,
                                     {.weight = c.tied ? "model.embed_tokens.weight" : ""});
    if (c.logit_cap > 0) root.name_inner("logits", root.soft_cap(logits, c.logit_cap));
  } else {
    base(root, c);
  }
  graph.aliases = {{"embed", prefix + "embed_tokens"},
                   {"layers[i]", prefix + "layers.{i}"},
                   {"layers[i].attn", prefix + "layers.{i}.self_attn"},
                   {"layers[i].mlp", prefix + "layers.{i}.mlp"},
                   {"final_norm", prefix + "norm"}};
  return graph;
}

}  // namespace sonde::models
