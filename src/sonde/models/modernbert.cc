// ModernBERT: an encoder with norms before the sub-layers, rotary positions, a gated MLP, and layers in turn
// that see the whole text or a window around each token.
// Source: Warner et al. 2024; module names and order of transformers 5.23, modeling_modernbert.py.
#include <cmath>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/layer_types.h"
#include "sonde/models/blocks/rotary.h"

namespace sonde::models {
namespace {

using graph::Bias;
using graph::Embedding;
using graph::Scope;
using graph::Value;

// What the layers of one kind share.
struct LayerKind {
  graph::Rotate rotation;
  std::int64_t window = 0;  // as AttentionShape::window
};

struct ModernBertConfig {
  std::int64_t width, layers, heads, inner, vocabulary, positions;
  double eps;
  kernels::Activation activation, head_activation;
  Bias norm_bias, attention_bias, mlp_bias, head_bias, decoder_bias;
  bool tied;
  LayerKind global, local;
  std::vector<LayerType> types;  // [l]
};

Bias bias_of(const Config& config, std::string_view key, Bias otherwise) {
  return config.flag(key, otherwise == Bias::with) ? Bias::with : Bias::without;
}

// Configs that do not list the layers' types say that every n-th layer from the first is global.
std::vector<LayerType> read_types(const Config& config, std::int64_t layers) {
  const std::int64_t every = config.size("global_attn_every_n_layers", 3);
  std::vector<LayerType> types;
  for (std::int64_t i = 0; i < layers; ++i)
    types.push_back(i % every == 0 ? LayerType::full_attention : LayerType::sliding_attention);
  return read_layer_types(config, std::move(types));
}

graph::Rotate read_rotation(const Config& config, std::string_view layer_type, double theta,
                            const ModernBertConfig& c) {
  Rotary rotary = read_layer_rotary(config, layer_type, theta, config.object("rope_scaling"));
  rotary.head_width = c.width / c.heads;
  rotary.positions = c.positions;
  return rotation(rotary);
}

ModernBertConfig read(const Config& config) {
  ModernBertConfig c{.width = config.size("hidden_size", 768),
                     .layers = config.layer_count("num_hidden_layers", 22),
                     .heads = config.size("num_attention_heads", 12),
                     .inner = config.size("intermediate_size", 1152),
                     .vocabulary = config.size("vocab_size", 50368),
                     .positions = config.size("max_position_embeddings", 8192),
                     .eps = config.number("norm_eps", 1e-5),
                     .activation = config.activation("hidden_activation", "gelu"),
                     .head_activation = config.activation("classifier_activation", "gelu"),
                     .norm_bias = bias_of(config, "norm_bias", Bias::without),
                     .attention_bias = bias_of(config, "attention_bias", Bias::without),
                     .mlp_bias = bias_of(config, "mlp_bias", Bias::without),
                     .head_bias = bias_of(config, "classifier_bias", Bias::without),
                     .decoder_bias = bias_of(config, "decoder_bias", Bias::with),
                     .tied = config.flag("tie_word_embeddings", true)};
  if (c.width % c.heads != 0) {
    Config::refuse("num_attention_heads", std::to_string(c.heads),
                   "a divisor of hidden_size " + std::to_string(c.width));
  }
  if (c.width / c.heads % 2 != 0)
    Config::refuse("num_attention_heads", std::to_string(c.heads), "heads of an even width");
  c.types = read_types(config, c.layers);
  c.global.rotation =
      read_rotation(config, "full_attention", config.number("global_rope_theta", 160000.0), c);
  c.local.rotation =
      read_rotation(config, "sliding_attention", config.number("local_rope_theta", 10000.0), c);
  // A token sees half of local_attention on either side, and itself.
  c.local.window = config.size("local_attention", 128) / 2 + 1;
  return c;
}

// embeddings: token ids -> [t, d]
Value embeddings(Scope s, const ModernBertConfig& c) {
  const Value x = s.embedding("tok_embeddings", Embedding::Index::token, c.vocabulary, c.width);
  return s.identity("drop", s.layer_norm("norm", x, c.eps, c.norm_bias));
}

// layers.N.attn: [t, d] -> [t, d]
Value attention(Scope s, Value x, const ModernBertConfig& c, const LayerKind& kind) {
  const std::int64_t head_width = c.width / c.heads;
  const Value qkv = s.linear("Wqkv", x, 3 * c.width, c.attention_bias);
  const Value query = s.rotate(s.columns(qkv, 0, c.width), kind.rotation);
  const Value key = s.rotate(s.columns(qkv, c.width, c.width), kind.rotation);
  x = s.attend({query, key, s.columns(qkv, 2 * c.width, c.width)},
               {.heads = c.heads,
                .key_heads = c.heads,
                .head_width = head_width,
                .scale = 1.0f / std::sqrt(static_cast<float>(head_width)),
                .window = kind.window});
  return s.identity("out_drop", s.linear("Wo", x, c.width, c.attention_bias));
}

// layers.N.mlp: [t, d] -> [t, d]
Value mlp(Scope s, Value x, const ModernBertConfig& c) {
  const Value both = s.linear("Wi", x, 2 * c.inner, c.mlp_bias);
  const Value input = s.activation("act", s.columns(both, 0, c.inner), c.activation);
  x = s.identity("drop", s.multiply(input, s.columns(both, c.inner, c.inner)));
  return s.linear("Wo", x, c.width, c.mlp_bias);
}

Value layer(Scope s, Value x, const ModernBertConfig& c, std::int64_t i) {
  // The embeddings are normalised already.
  const Value normed = i == 0 ? s.identity("attn_norm", x) : s.layer_norm("attn_norm", x, c.eps, c.norm_bias);
  const LayerKind& kind =
      c.types[static_cast<std::size_t>(i)] == LayerType::sliding_attention ? c.local : c.global;
  x = s.add(x, s.call("attn", attention, normed, c, kind));
  s.name_inner("resid_mid", x);
  return s.add(x, s.call("mlp", mlp, s.layer_norm("mlp_norm", x, c.eps, c.norm_bias), c));
}

Value base(Scope s, const ModernBertConfig& c) {
  Value x = s.call_source("embeddings", embeddings, c);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    s.hidden_state(x);
    x = s.call("layers." + std::to_string(i), layer, x, c, i);
  }
  x = s.layer_norm("final_norm", x, c.eps, c.norm_bias);
  s.hidden_state(x);
  return x;
}

// head: [t, d] -> [t, d], or one row a text
Value prediction_head(Scope s, Value x, const ModernBertConfig& c) {
  x = s.activation("act", s.linear("dense", x, c.width, c.head_bias), c.head_activation);
  return s.layer_norm("norm", x, c.eps, c.norm_bias);
}

Value pooled(Scope& s, Value x, const std::string& how) {
  if (how == "cls") return s.first_row(x);
  if (how == "mean") return s.mean_row(x);
  Config::refuse("classifier_pooling", how, "cls or mean");
}

graph::Graph new_graph(const ModernBertConfig& c, bool head_class) {
  graph::Graph graph;
  graph.base_name = "model";
  graph.head_class = head_class;
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  const std::string prefix = head_class ? "model." : "";
  graph.aliases = {{"embed", prefix + "embeddings"},
                   {"layers[i]", prefix + "layers.{i}"},
                   {"layers[i].attn", prefix + "layers.{i}.attn"},
                   {"layers[i].mlp", prefix + "layers.{i}.mlp"},
                   {"final_norm", prefix + "final_norm"}};
  return graph;
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const ModernBertConfig c = read(config);
  const bool head = model_class != "ModernBertModel";
  graph::Graph graph = new_graph(c, head);
  Scope root(graph);
  if (!head) {
    base(root, c);
    graph.ignore({"head.dense.weight", "head.dense.bias", "head.norm.weight", "head.norm.bias",
                  "decoder.weight", "decoder.bias", "classifier.weight", "classifier.bias"});
    return graph;
  }
  const Value x = root.call_source("model", base, c);
  if (model_class == "ModernBertForMaskedLM") {
    root.linear("decoder", root.call("head", prediction_head, x, c), c.vocabulary, c.decoder_bias,
                {.weight = c.tied ? "model.embeddings.tok_embeddings.weight" : ""});
    return graph;
  }
  const Value text = pooled(root, x, config.text("classifier_pooling", "cls"));
  root.linear("classifier", root.identity("drop", root.call("head", prediction_head, text, c)),
              config.label_count());
  graph.ignore({"decoder.weight", "decoder.bias"});
  return graph;
}

}  // namespace

extern const Architecture modernbert_entry;
const Architecture modernbert_entry = {
    "modernbert",
    "ModernBERT encoder, rotary positions, windows in most layers",
    {"ModernBertModel", "ModernBertForMaskedLM", "ModernBertForSequenceClassification"},
    build};

}  // namespace sonde::models
