// DistilBERT: a short BERT without token types and pooler, under other names.
// Source: Sanh et al. 2019; module names and order of transformers 5.23, modeling_distilbert.py.
#include <cmath>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

using graph::Embedding;
using graph::Scope;
using graph::Value;

constexpr double kEps = 1e-12;  // not in the config

struct DistilBertConfig {
  std::int64_t width, layers, heads, inner, vocabulary, positions;
  kernels::Activation activation;
};

DistilBertConfig read(const Config& config) {
  const DistilBertConfig c{.width = config.size("dim", 768),
                           .layers = config.layer_count("n_layers", 6),
                           .heads = config.size("n_heads", 12),
                           .inner = config.size("hidden_dim", 3072),
                           .vocabulary = config.size("vocab_size", 30522),
                           .positions = config.size("max_position_embeddings", 512),
                           .activation = config.activation("activation", "gelu")};
  if (c.width % c.heads != 0)
    Config::refuse("n_heads", std::to_string(c.heads), "a divisor of dim " + std::to_string(c.width));
  return c;
}

// embeddings: token ids -> [t, d]
Value embeddings(Scope s, const DistilBertConfig& c) {
  const Value words = s.embedding("word_embeddings", Embedding::Index::token, c.vocabulary, c.width);
  const Value positions =
      s.embedding("position_embeddings", Embedding::Index::position, c.positions, c.width);
  return s.identity("dropout", s.layer_norm("LayerNorm", s.add(words, positions), kEps));
}

// attention: [t, d] -> [t, d]
Value attention(Scope s, Value x, const DistilBertConfig& c) {
  const std::int64_t head_width = c.width / c.heads;
  const graph::Attention qkv{s.linear("q_lin", x, c.width), s.linear("k_lin", x, c.width),
                             s.linear("v_lin", x, c.width)};
  x = s.attend(qkv, {.heads = c.heads,
                     .key_heads = c.heads,
                     .head_width = head_width,
                     .scale = 1.0f / std::sqrt(static_cast<float>(head_width))});
  return s.linear("out_lin", x, c.width);
}

// ffn: [t, d] -> [t, d]
Value feed_forward(Scope s, Value x, const DistilBertConfig& c) {
  x = s.activation("activation", s.linear("lin1", x, c.inner), c.activation);
  return s.identity("dropout", s.linear("lin2", x, c.width));
}

Value layer(Scope s, Value x, const DistilBertConfig& c) {
  const Value attended = s.layer_norm("sa_layer_norm", s.add(s.call("attention", attention, x, c), x), kEps);
  s.name_inner("resid_mid", attended);
  const Value fed = s.call("ffn", feed_forward, attended, c);
  return s.layer_norm("output_layer_norm", s.add(fed, attended), kEps);
}

Value transformer(Scope s, Value x, const DistilBertConfig& c) {
  s.hidden_state(x);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    x = s.call("layer." + std::to_string(i), layer, x, c);
    s.hidden_state(x);
  }
  return x;
}

Value base(Scope s, const DistilBertConfig& c) {
  return s.call("transformer", transformer, s.call_source("embeddings", embeddings, c), c);
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const DistilBertConfig c = read(config);
  graph::Graph graph;
  graph.base_name = "distilbert";
  graph.head_class = model_class == "DistilBertForMaskedLM";
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  graph.ignored_suffixes = {"embeddings.position_ids"};
  Scope root(graph);
  const std::string prefix = graph.head_class ? "distilbert." : "";
  if (graph.head_class) {
    Value x = root.linear("vocab_transform", root.call_source("distilbert", base, c), c.width);
    x = root.layer_norm("vocab_layer_norm", root.activation("activation", x, c.activation), kEps);
    root.linear("vocab_projector", x, c.vocabulary, graph::Bias::with,
                {.weight = "distilbert.embeddings.word_embeddings.weight"});
  } else {
    base(root, c);
    graph.ignore({"vocab_transform.weight", "vocab_transform.bias", "vocab_layer_norm.weight",
                  "vocab_layer_norm.bias", "vocab_projector.weight", "vocab_projector.bias"});
  }
  graph.aliases = {{"embed", prefix + "embeddings"},
                   {"layers[i]", prefix + "transformer.layer.{i}"},
                   {"layers[i].attn", prefix + "transformer.layer.{i}.attention"},
                   {"layers[i].mlp", prefix + "transformer.layer.{i}.ffn"}};
  return graph;
}

}  // namespace

extern const Architecture distilbert_entry;
const Architecture distilbert_entry = {"distilbert",
                                       "DistilBERT encoder, a short BERT without token types",
                                       {"DistilBertModel", "DistilBertForMaskedLM"},
                                       build};

}  // namespace sonde::models
