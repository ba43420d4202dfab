// BERT: an encoder with learned positions and normalisation after each residual sum.
// Source: Devlin et al. 2019; module names and order of transformers 5.23, modeling_bert.py.
#include <cmath>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

using graph::Embedding;
using graph::Scope;
using graph::Value;

struct BertConfig {
  std::int64_t width, layers, heads, inner, vocabulary, positions, types;
  double eps;
  kernels::Activation activation;
};

BertConfig read(const Config& config) {
  const BertConfig c{.width = config.size("hidden_size", 768),
                     .layers = config.layer_count("num_hidden_layers", 12),
                     .heads = config.size("num_attention_heads", 12),
                     .inner = config.size("intermediate_size", 3072),
                     .vocabulary = config.size("vocab_size", 30522),
                     .positions = config.size("max_position_embeddings", 512),
                     .types = config.size("type_vocab_size", 2),
                     .eps = config.number("layer_norm_eps", 1e-12),
                     .activation = config.activation("hidden_act", "gelu")};
  if (c.width % c.heads != 0) {
    Config::refuse("num_attention_heads", std::to_string(c.heads),
                   "a divisor of hidden_size " + std::to_string(c.width));
  }
  const std::string positions = config.text("position_embedding_type", "absolute");
  if (positions != "absolute") Config::refuse("position_embedding_type", positions, "absolute");
  return c;
}

// embeddings: token ids -> [t, d]
Value embeddings(Scope s, const BertConfig& c) {
  const Value words = s.embedding("word_embeddings", Embedding::Index::token, c.vocabulary, c.width);
  const Value types = s.embedding("token_type_embeddings", Embedding::Index::zero, c.types, c.width);
  const Value positions =
      s.embedding("position_embeddings", Embedding::Index::position, c.positions, c.width);
  const Value sum = s.add(s.add(words, types), positions);
  return s.identity("dropout", s.layer_norm("LayerNorm", sum, c.eps));
}

// attention.self: [t, d] -> [t, d]
Value self_attention(Scope s, Value x, const BertConfig& c) {
  const std::int64_t head_width = c.width / c.heads;
  const graph::Attention qkv{s.linear("query", x, c.width), s.linear("key", x, c.width),
                             s.linear("value", x, c.width)};
  return s.attend(qkv, {.heads = c.heads,
                        .key_heads = c.heads,
                        .head_width = head_width,
                        .scale = 1.0f / std::sqrt(static_cast<float>(head_width))});
}

// attention.output and output: the sub-layer's result joins the residual stream, then both are normalised.
Value joined_output(Scope s, Value x, Value residual, const BertConfig& c) {
  x = s.identity("dropout", s.linear("dense", x, c.width));
  return s.layer_norm("LayerNorm", s.add(x, residual), c.eps);
}

Value attention(Scope s, Value x, const BertConfig& c) {
  return s.call("output", joined_output, s.call("self", self_attention, x, c), x, c);
}

// intermediate: [t, d] -> [t, f]
Value intermediate(Scope s, Value x, const BertConfig& c) {
  return s.activation("intermediate_act_fn", s.linear("dense", x, c.inner), c.activation);
}

Value layer(Scope s, Value x, const BertConfig& c) {
  const Value attended = s.call("attention", attention, x, c);
  s.name_inner("resid_mid", attended);
  return s.call("output", joined_output, s.call("intermediate", intermediate, attended, c), attended, c);
}

Value encoder(Scope s, Value x, const BertConfig& c) {
  s.hidden_state(x);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    x = s.call("layer." + std::to_string(i), layer, x, c);
    s.hidden_state(x);
  }
  return x;
}

// pooler: [t, d] -> [n, d], the first token of each text
Value pooler(Scope s, Value x, const BertConfig& c) {
  return s.activation("activation", s.linear("dense", s.first_row(x), c.width), kernels::Activation::tanh);
}

enum class Pooler { without, with };

Value base(Scope s, const BertConfig& c, Pooler with_pooler) {
  const Value x = s.call("encoder", encoder, s.call_source("embeddings", embeddings, c), c);
  if (with_pooler == Pooler::with) s.call("pooler", pooler, x, c);
  return x;
}

// cls.predictions: [t, d] -> [t, v]
Value predictions(Scope s, Value x, const BertConfig& c, const std::string& table) {
  x = s.call(
      "transform",
      [&c](Scope t, Value y) {
        y = t.activation("transform_act_fn", t.linear("dense", y, c.width), c.activation);
        return t.layer_norm("LayerNorm", y, c.eps);
      },
      x);
  return s.linear("decoder", x, c.vocabulary, graph::Bias::with,
                  {.weight = table, .bias = s.path_of("bias")});
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const BertConfig c = read(config);
  graph::Graph graph;
  graph.base_name = "bert";
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  graph.ignored_suffixes = {"embeddings.position_ids"};
  Scope root(graph);
  std::string prefix;
  if (model_class == "BertModel") {
    base(root, c, Pooler::with);
  } else {
    graph.head_class = true;
    prefix = "bert.";
    const bool pre_training = model_class == "BertForPreTraining";
    const Value x = root.call_source("bert", base, c, pre_training ? Pooler::with : Pooler::without);
    root.call(
        "cls",
        [&c](Scope s, Value y) {
          return s.call("predictions", predictions, y, c, "bert.embeddings.word_embeddings.weight");
        },
        x);
    graph.ignored_suffixes.insert(
        graph.ignored_suffixes.end(),
        {"cls.predictions.bias", "cls.seq_relationship.weight", "cls.seq_relationship.bias"});
    if (!pre_training) {
      graph.ignored_suffixes.insert(graph.ignored_suffixes.end(),
                                    {"pooler.dense.weight", "pooler.dense.bias"});
    }
  }
  graph.aliases = {{"embed", prefix + "embeddings"},
                   {"layers[i]", prefix + "encoder.layer.{i}"},
                   {"layers[i].attn", prefix + "encoder.layer.{i}.attention.output.dense"},
                   {"layers[i].mlp", prefix + "encoder.layer.{i}.output.dense"}};
  return graph;
}

}  // namespace

extern const Architecture bert_entry;
const Architecture bert_entry = {"bert",
                                 "BERT encoder, learned positions, post-norm",
                                 {"BertModel", "BertForMaskedLM", "BertForPreTraining"},
                                 build};

}  // namespace sonde::models
