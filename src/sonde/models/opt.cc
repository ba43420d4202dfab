// OPT: a decoder with learned positions, ReLU, and norms before or (350m) after each sub-layer.
// Source: Zhang et al. 2022; module names and order of transformers 5.23, modeling_opt.py.
#include <cmath>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

using graph::Bias;
using graph::Embedding;
using graph::Scope;
using graph::Value;

constexpr double kEps = 1e-5;               // not in the config
constexpr std::int64_t kFirstPosition = 2;  // rows 0 and 1 of the position table are never used

struct OptConfig {
  std::int64_t width, word_width, layers, heads, inner, vocabulary, positions;
  kernels::Activation activation;
  Bias bias;
  bool norm_before, final_norm, tied;
};

OptConfig read(const Config& config) {
  const std::int64_t width = config.size("hidden_size", 768);
  const bool norm_before = config.flag("do_layer_norm_before", true);
  const OptConfig c{.width = width,
                    .word_width = config.size("word_embed_proj_dim", width),
                    .layers = config.layer_count("num_hidden_layers", 12),
                    .heads = config.size("num_attention_heads", 12),
                    .inner = config.size("ffn_dim", 3072),
                    .vocabulary = config.size("vocab_size", 50272),
                    .positions = config.size("max_position_embeddings", 2048),
                    .activation = config.activation("activation_function", "relu"),
                    .bias = config.flag("enable_bias", true) ? Bias::with : Bias::without,
                    .norm_before = norm_before,
                    .final_norm = norm_before && !config.flag("_remove_final_layer_norm", false),
                    .tied = config.flag("tie_word_embeddings", true)};
  if (c.width % c.heads != 0) {
    Config::refuse("num_attention_heads", std::to_string(c.heads),
                   "a divisor of hidden_size " + std::to_string(c.width));
  }
  if (!config.flag("layer_norm_elementwise_affine", true))
    Config::refuse("layer_norm_elementwise_affine", "false", "true");
  return c;
}

// self_attn: [t, d] -> [t, d]
Value attention(Scope s, Value x, const OptConfig& c) {
  const std::int64_t head_width = c.width / c.heads;
  const graph::Attention qkv{s.linear("q_proj", x, c.width, c.bias), s.linear("k_proj", x, c.width, c.bias),
                             s.linear("v_proj", x, c.width, c.bias)};
  x = s.attend(qkv, {.heads = c.heads,
                     .key_heads = c.heads,
                     .head_width = head_width,
                     .scale = 1.0f / std::sqrt(static_cast<float>(head_width)),
                     .mask = kernels::AttentionMask::causal});
  return s.linear("out_proj", x, c.width, c.bias);
}

// The feed-forward is no module of its own: its linear layers stand in the layer.
Value feed_forward(Scope& s, Value x, const OptConfig& c) {
  x = s.activation("activation_fn", s.linear("fc1", x, c.inner, c.bias), c.activation);
  return s.linear("fc2", x, c.width, c.bias);
}

Value layer(Scope s, Value x, const OptConfig& c) {
  if (c.norm_before) {
    x = s.add(x, s.call("self_attn", attention, s.layer_norm("self_attn_layer_norm", x, kEps), c));
    s.name_inner("resid_mid", x);
    return s.add(x, feed_forward(s, s.layer_norm("final_layer_norm", x, kEps), c));
  }
  x = s.layer_norm("self_attn_layer_norm", s.add(x, s.call("self_attn", attention, x, c)), kEps);
  s.name_inner("resid_mid", x);
  return s.layer_norm("final_layer_norm", s.add(x, feed_forward(s, x, c)), kEps);
}

// decoder: token ids -> [t, word width]
Value decoder(Scope s, const OptConfig& c) {
  Value x = s.embedding("embed_tokens", Embedding::Index::token, c.vocabulary, c.word_width);
  const Value positions = s.embedding("embed_positions",
                                      Embedding{.index = Embedding::Index::position,
                                                .first = kFirstPosition,
                                                .pads = Embedding::Pads::skipped_unseen},
                                      c.positions + kFirstPosition, c.width);
  const bool projected = c.word_width != c.width;
  if (projected) x = s.linear("project_in", x, c.width, Bias::without);
  x = s.add(x, positions);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    s.hidden_state(x);
    x = s.call("layers." + std::to_string(i), layer, x, c);
  }
  if (c.final_norm) x = s.layer_norm("final_layer_norm", x, kEps);
  if (projected) x = s.linear("project_out", x, c.word_width, Bias::without);
  s.hidden_state(x);
  return x;
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const OptConfig c = read(config);
  graph::Graph graph;
  graph.base_name = "model";
  graph.head_class = model_class == "OPTForCausalLM";
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  Scope root(graph);
  const std::string prefix = graph.head_class ? "model.decoder." : "decoder.";
  if (graph.head_class) {
    // The head class calls model.decoder past model.
    root.linear("lm_head", root.container("model").call_source("decoder", decoder, c), c.vocabulary,
                Bias::without, {.weight = c.tied ? "model.decoder.embed_tokens.weight" : ""});
  } else {
    root.call_source("decoder", decoder, c);
  }
  graph.aliases = {{"embed", prefix + "embed_tokens"},
                   {"layers[i]", prefix + "layers.{i}"},
                   {"layers[i].attn", prefix + "layers.{i}.self_attn"},
                   {"layers[i].mlp", prefix + "layers.{i}.fc2"}};
  if (c.final_norm) graph.aliases.push_back({"final_norm", prefix + "final_layer_norm"});
  return graph;
}

}  // namespace

extern const Architecture opt_entry;
const Architecture opt_entry = {
    "opt", "OPT decoder, learned positions, ReLU", {"OPTForCausalLM", "OPTModel"}, build};

}  // namespace sonde::models
