// GPT-2: a decoder with learned positions and normalisation before each sub-layer.
// Source: Radford et al. 2019; module names and order of transformers 5.23, modeling_gpt2.py.
#include <cmath>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

using graph::Embedding;
using graph::Scope;
using graph::Value;

struct Gpt2Config {
  std::int64_t width, layers, heads, inner, vocabulary, positions;
  double eps;
  kernels::Activation activation;
  bool scale_weights, scale_by_layer;
};

Gpt2Config read(const Config& config) {
  const std::int64_t width = config.size("n_embd", 768);
  const Gpt2Config c{.width = width,
                     .layers = config.layer_count("n_layer", 12),
                     .heads = config.size("n_head", 12),
                     .inner = config.size("n_inner", 4 * width),
                     .vocabulary = config.size("vocab_size", 50257),
                     .positions = config.size("n_positions", 1024),
                     .eps = config.number("layer_norm_epsilon", 1e-5),
                     .activation = config.activation("activation_function", "gelu_new"),
                     .scale_weights = config.flag("scale_attn_weights", true),
                     .scale_by_layer = config.flag("scale_attn_by_inverse_layer_idx", false)};
  if (c.width % c.heads != 0) {
    Config::refuse("n_head", std::to_string(c.heads), "a divisor of n_embd " + std::to_string(c.width));
  }
  if (config.flag("add_cross_attention", false)) Config::refuse("add_cross_attention", "true", "false");
  return c;
}

// h.N.attn: [t, d] -> [t, d]
Value attention(Scope s, Value x, const Gpt2Config& c, std::int64_t layer) {
  const Value all = s.conv1d("c_attn", x, 3 * c.width);
  kernels::AttentionShape shape{.heads = c.heads,
                                .key_heads = c.heads,
                                .head_width = c.width / c.heads,
                                .mask = kernels::AttentionMask::causal};
  if (c.scale_weights) shape.scale /= std::sqrt(static_cast<float>(shape.head_width));
  if (c.scale_by_layer) shape.scale /= static_cast<float>(layer + 1);
  x = s.attend(
      {s.columns(all, 0, c.width), s.columns(all, c.width, c.width), s.columns(all, 2 * c.width, c.width)},
      shape);
  return s.identity("resid_dropout", s.conv1d("c_proj", x, c.width));
}

// h.N.mlp: [t, d] -> [t, d]
Value mlp(Scope s, Value x, const Gpt2Config& c) {
  x = s.activation("act", s.conv1d("c_fc", x, c.inner), c.activation);
  return s.identity("dropout", s.conv1d("c_proj", x, c.width));
}

Value block(Scope s, Value x, const Gpt2Config& c, std::int64_t layer) {
  x = s.add(s.call("attn", attention, s.layer_norm("ln_1", x, c.eps), c, layer), x);
  s.name_inner("resid_mid", x);
  return s.add(x, s.call("mlp", mlp, s.layer_norm("ln_2", x, c.eps), c));
}

Value base(Scope s, const Gpt2Config& c) {
  const Value tokens = s.embedding("wte", Embedding::Index::token, c.vocabulary, c.width);
  const Value positions = s.embedding("wpe", Embedding::Index::position, c.positions, c.width);
  Value x = s.identity("drop", s.add(tokens, positions));
  for (std::int64_t i = 0; i < c.layers; ++i) {
    s.hidden_state(x);
    x = s.call("h." + std::to_string(i), block, x, c, i);
  }
  x = s.layer_norm("ln_f", x, c.eps);
  s.hidden_state(x);
  return x;
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const Gpt2Config c = read(config);
  graph::Graph graph;
  graph.base_name = "transformer";
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  graph.ignored_suffixes = {".attn.bias", ".attn.masked_bias"};
  Scope root(graph);
  std::string prefix;
  if (model_class == "GPT2Model") {
    base(root, c);
  } else {
    graph.head_class = true;
    prefix = "transformer.";
    const Value x = root.call_source("transformer", base, c);
    root.linear("lm_head", x, c.vocabulary, graph::Bias::without, {.weight = "transformer.wte.weight"});
  }
  graph.aliases = {{"embed", prefix + "drop"},
                   {"layers[i]", prefix + "h.{i}"},
                   {"layers[i].attn", prefix + "h.{i}.attn"},
                   {"layers[i].mlp", prefix + "h.{i}.mlp"},
                   {"final_norm", prefix + "ln_f"}};
  return graph;
}

}  // namespace

extern const Architecture gpt2_entry;
const Architecture gpt2_entry = {
    "gpt2", "GPT-2 decoder, learned positions, pre-norm", {"GPT2Model", "GPT2LMHeadModel"}, build};

}  // namespace sonde::models
