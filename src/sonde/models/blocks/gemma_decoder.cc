// Source: Gemma Team 2024 and 2025; module names and order of transformers 5.23, modeling_gemma2.py and
// modeling_gemma3.py.
#include "sonde/models/blocks/gemma_decoder.h"

#include <cmath>

namespace sonde::models {
namespace {

using graph::Scope;
using graph::Value;

Value layer(Scope s, Value x, const LlamaDecoder& c, std::size_t index) {
  const auto norm = [&](std::string_view name, Value y) { return s.rms_norm(name, y, c.eps, c.norm_offset); };
  const Value attended = s.call("self_attn", c.attention, norm("input_layernorm", x), c, index);
  x = s.add(x, norm("post_attention_layernorm", attended));
  s.name_inner("resid_mid", x);
  const Value mixed = s.call("mlp", llama_mlp, norm("pre_feedforward_layernorm", x), c);
  return s.add(x, norm("post_feedforward_layernorm", mixed));
}

std::vector<std::int64_t> read_windows(const Config& config, std::int64_t layers, std::int64_t pattern) {
  std::vector<LayerType> types;
  for (std::int64_t i = 1; i <= layers; ++i)
    types.push_back(i % pattern == 0 ? LayerType::full_attention : LayerType::sliding_attention);
  types = read_layer_types(config, std::move(types));
  if (config.is_null("sliding_window")) Config::refuse("sliding_window", "null", "a number of tokens");
  return windows_of(types, config.size("sliding_window", 4096));
}

}  // namespace

double read_soft_cap(const Config& config, std::string_view key, double otherwise) {
  if (config.is_null(key)) return 0;
  const double absent = std::nan("");  // no config can say this
  const double cap = config.number(key, absent);
  if (std::isnan(cap)) return otherwise;
  if (!(cap > 0)) Config::refuse(key, std::to_string(cap), "a positive number or null");
  return cap;
}

LlamaDecoder read_gemma_decoder(const Config& config, const GemmaDefaults& defaults) {
  if (config.flag("use_bidirectional_attention", false))
    Config::refuse("use_bidirectional_attention", "true", "false");
  LlamaDecoder c =
      read_llama_decoder(config, {.positions = defaults.positions, .key_heads = 4, .head_width = 256});
  const double scalar = config.number("query_pre_attn_scalar", 256);
  if (!(scalar > 0)) Config::refuse("query_pre_attn_scalar", std::to_string(scalar), "a positive number");
  c.norm_offset = 1;
  c.embedding_scale = std::sqrt(static_cast<double>(c.width));
  c.score_scale = 1.0 / std::sqrt(scalar);
  c.logit_cap = read_soft_cap(config, "final_logit_softcapping", defaults.logit_cap);
  c.activation = config.activation("hidden_activation", "gelu_pytorch_tanh");
  if (config.flag("attention_bias", false)) c.qkv_bias = c.output_bias = graph::Bias::with;
  c.tied = config.flag("tie_word_embeddings", true);
  c.windows = read_windows(config, c.layers, defaults.pattern);
  c.layer = layer;
  return c;
}

}  // namespace sonde::models
