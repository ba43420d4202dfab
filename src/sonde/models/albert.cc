// ALBERT: BERT with word vectors narrower than the stream and layers that share their weights. A pass calls
// each group of layers several times, so that addresses count the calls:
// `encoder.albert_layer_groups.0[3].albert_layers.0` is the layer's fourth call, also known as `layers[3]`.
// Source: Lan et al. 2020; module names and order of transformers 5.23, modeling_albert.py.
#include <cmath>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

using graph::Embedding;
using graph::Scope;
using graph::Value;

struct AlbertConfig {
  std::int64_t width, word_width, heads, inner, vocabulary, positions, types;
  std::int64_t passes, groups, group_layers;  // calls of groups, groups, layers of each
  double eps;
  kernels::Activation activation;
};

AlbertConfig read(const Config& config) {
  const AlbertConfig c{.width = config.size("hidden_size", 4096),
                       .word_width = config.size("embedding_size", 128),
                       .heads = config.size("num_attention_heads", 64),
                       .inner = config.size("intermediate_size", 16384),
                       .vocabulary = config.size("vocab_size", 30000),
                       .positions = config.size("max_position_embeddings", 512),
                       .types = config.size("type_vocab_size", 2),
                       .passes = config.layer_count("num_hidden_layers", 12),
                       .groups = config.size("num_hidden_groups", 1),
                       .group_layers = config.layer_count("inner_group_num", 1),
                       .eps = config.number("layer_norm_eps", 1e-12),
                       .activation = config.activation("hidden_act", "gelu_new")};
  if (c.width % c.heads != 0) {
    Config::refuse("num_attention_heads", std::to_string(c.heads),
                   "a divisor of hidden_size " + std::to_string(c.width));
  }
  if (c.groups > c.passes) {
    Config::refuse("num_hidden_groups", std::to_string(c.groups),
                   "at most num_hidden_layers " + std::to_string(c.passes));
  }
  constexpr std::int64_t kMostLayers = 4096;
  if (c.passes * c.group_layers > kMostLayers) {
    Config::refuse("inner_group_num", std::to_string(c.group_layers),
                   "at most 4096 layers with num_hidden_layers " + std::to_string(c.passes));
  }
  const std::string positions = config.text("position_embedding_type", "absolute");
  if (positions != "absolute") Config::refuse("position_embedding_type", positions, "absolute");
  return c;
}

// The group that each pass calls, by its address below `encoder`.
std::vector<std::string> group_calls(const AlbertConfig& c) {
  const double passes_per_group = static_cast<double>(c.passes) / static_cast<double>(c.groups);
  std::vector<std::int64_t> group(static_cast<std::size_t>(c.passes));
  std::vector<std::int64_t> calls(static_cast<std::size_t>(c.groups), 0), made = calls;
  for (std::size_t i = 0; i < group.size(); ++i) {
    group[i] = static_cast<std::int64_t>(static_cast<double>(i) / passes_per_group);
    ++calls[group[i]];
  }
  std::vector<std::string> names;
  for (const std::int64_t g : group) {
    names.push_back(graph::name_of_call("albert_layer_groups." + std::to_string(g), made[g]++, calls[g]));
  }
  return names;
}

// embeddings: token ids -> [t, word width]
Value embeddings(Scope s, const AlbertConfig& c) {
  const Value words = s.embedding("word_embeddings", Embedding::Index::token, c.vocabulary, c.word_width);
  const Value positions =
      s.embedding("position_embeddings", Embedding::Index::position, c.positions, c.word_width);
  const Value types = s.embedding("token_type_embeddings", Embedding::Index::zero, c.types, c.word_width);
  const Value sum = s.add(s.add(words, types), positions);
  return s.identity("dropout", s.layer_norm("LayerNorm", sum, c.eps));
}

// attention: [t, d] -> [t, d], normalised with the residual
Value attention(Scope s, Value x, const AlbertConfig& c) {
  const std::int64_t head_width = c.width / c.heads;
  const graph::Attention qkv{s.linear("query", x, c.width), s.linear("key", x, c.width),
                             s.linear("value", x, c.width)};
  Value y = s.attend(qkv, {.heads = c.heads,
                           .key_heads = c.heads,
                           .head_width = head_width,
                           .scale = 1.0f / std::sqrt(static_cast<float>(head_width))});
  y = s.identity("output_dropout", s.linear("dense", y, c.width));
  return s.layer_norm("LayerNorm", s.add(x, y), c.eps);
}

Value layer(Scope s, Value x, const AlbertConfig& c) {
  x = s.call("attention", attention, x, c);
  s.name_inner("resid_mid", x);
  const Value inner = s.activation("activation", s.linear("ffn", x, c.inner), c.activation);
  return s.layer_norm("full_layer_layer_norm", s.add(s.linear("ffn_output", inner, c.width), x), c.eps);
}

Value group(Scope s, Value x, const AlbertConfig& c) {
  for (std::int64_t i = 0; i < c.group_layers; ++i) {
    x = s.call("albert_layers." + std::to_string(i), layer, x, c);
    s.hidden_state(x);
  }
  return x;
}

// encoder: [t, word width] -> [t, d]
Value encoder(Scope s, Value x, const AlbertConfig& c) {
  x = s.linear("embedding_hidden_mapping_in", x, c.width);
  s.hidden_state(x);
  for (const std::string& name : group_calls(c)) x = s.call(name, group, x, c);
  return x;
}

Value base(Scope s, const AlbertConfig& c) {
  return s.call("encoder", encoder, s.call_source("embeddings", embeddings, c), c);
}

// pooler: [t, d] -> [n, d], the first token of each text
Value pooler(Scope s, Value x, const AlbertConfig& c) {
  return s.activation("pooler_activation", s.linear("pooler", s.first_row(x), c.width),
                      kernels::Activation::tanh);
}

// predictions: [t, d] -> [t, v]
Value predictions(Scope s, Value x, const AlbertConfig& c) {
  x = s.activation("activation", s.linear("dense", x, c.word_width), c.activation);
  return s.linear("decoder", s.layer_norm("LayerNorm", x, c.eps), c.vocabulary, graph::Bias::with,
                  {.weight = "albert.embeddings.word_embeddings.weight", .bias = s.path_of("bias")});
}

// A name for `child` of each layer in running order, as hidden states count them.
graph::Alias layer_alias(const AlbertConfig& c, const std::string& prefix, const std::string& name,
                         const std::string& child) {
  graph::Alias alias{.name = name};
  for (const std::string& call : group_calls(c)) {
    for (std::int64_t i = 0; i < c.group_layers; ++i) {
      alias.layer_paths.push_back(prefix + "encoder." + call + ".albert_layers." + std::to_string(i) + child);
    }
  }
  return alias;
}

graph::Graph new_graph(const AlbertConfig& c, bool head_class) {
  graph::Graph graph;
  graph.base_name = "albert";
  graph.head_class = head_class;
  graph.layers = c.passes * c.group_layers;
  graph.width = c.width;
  graph.positions = c.positions;
  graph.ignored_suffixes = {"embeddings.position_ids"};
  const std::string prefix = head_class ? "albert." : "";
  graph.aliases = {{"embed", prefix + "embeddings"},
                   layer_alias(c, prefix, "layers[i]", ""),
                   layer_alias(c, prefix, "layers[i].attn", ".attention.dense"),
                   layer_alias(c, prefix, "layers[i].mlp", ".ffn_output")};
  return graph;
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const AlbertConfig c = read(config);
  const bool head = model_class != "AlbertModel", masked = model_class == "AlbertForMaskedLM";
  graph::Graph graph = new_graph(c, head);
  Scope root(graph);
  if (!head) {
    pooler(root, base(root, c), c);
    graph.ignore({"predictions.bias", "predictions.LayerNorm.weight", "predictions.LayerNorm.bias",
                  "predictions.dense.weight", "predictions.dense.bias", "predictions.decoder.weight",
                  "predictions.decoder.bias", "classifier.weight", "classifier.bias"});
    return graph;
  }
  Value pooled;
  const Value x = root.call_source("albert", [&](Scope s) {
    const Value states = base(s, c);
    if (!masked) pooled = pooler(s, states, c);
    return states;
  });
  if (model_class == "AlbertForSequenceClassification") {
    root.linear("classifier", root.identity("dropout", pooled), config.label_count());
    return graph;
  }
  root.call("predictions", predictions, x, c);
  graph.ignore({"predictions.bias"});
  if (masked) {
    graph.ignore({"pooler.weight", "pooler.bias", "classifier.weight", "classifier.bias"});
    return graph;
  }
  root.call(
      "sop_classifier",
      [&](Scope s, Value y) {
        return s.linear("classifier", s.identity("dropout", y), config.label_count());
      },
      pooled);
  return graph;
}

}  // namespace

extern const Architecture albert_entry;
const Architecture albert_entry = {
    "albert",
    "ALBERT encoder, narrow word vectors, layers that share weights",
    {"AlbertModel", "AlbertForMaskedLM", "AlbertForPreTraining", "AlbertForSequenceClassification"},
    build};

}  // namespace sonde::models
