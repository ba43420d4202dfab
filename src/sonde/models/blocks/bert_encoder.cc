// Source: Devlin et al. 2019; module names and order of transformers 5.23, modeling_bert.py.
#include "sonde/models/blocks/bert_encoder.h"

#include <cmath>
#include <string>

namespace sonde::models {
namespace {

using graph::Embedding;
using graph::Scope;
using graph::Value;

// embeddings: token ids -> [t, d]
Value embeddings(Scope s, const BertEncoder& c) {
  const Value words = s.embedding("word_embeddings", Embedding::Index::token, c.vocabulary, c.width);
  const Value types = s.embedding("token_type_embeddings", Embedding::Index::zero, c.types, c.width);
  const Value positions =
      s.embedding("position_embeddings",
                  Embedding{.index = Embedding::Index::position, .first = c.first_position, .pads = c.pads},
                  c.position_rows, c.width);
  const Value sum = s.add(s.add(words, types), positions);
  return s.identity("dropout", s.layer_norm("LayerNorm", sum, c.eps));
}

// attention.self: [t, d] -> [t, d]
Value self_attention(Scope s, Value x, const BertEncoder& c) {
  const std::int64_t head_width = c.width / c.heads;
  const graph::Attention qkv{s.linear("query", x, c.width), s.linear("key", x, c.width),
                             s.linear("value", x, c.width)};
  return s.attend(qkv, {.heads = c.heads,
                        .key_heads = c.heads,
                        .head_width = head_width,
                        .scale = 1.0f / std::sqrt(static_cast<float>(head_width))});
}

// attention.output and output: the sub-layer's result joins the residual stream, then both are normalised.
Value joined_output(Scope s, Value x, Value residual, const BertEncoder& c) {
  x = s.identity("dropout", s.linear("dense", x, c.width));
  return s.layer_norm("LayerNorm", s.add(x, residual), c.eps);
}

Value attention(Scope s, Value x, const BertEncoder& c) {
  return s.call("output", joined_output, s.call("self", self_attention, x, c), x, c);
}

// intermediate: [t, d] -> [t, f]
Value intermediate(Scope s, Value x, const BertEncoder& c) {
  return s.activation("intermediate_act_fn", s.linear("dense", x, c.inner), c.activation);
}

Value layer(Scope s, Value x, const BertEncoder& c) {
  const Value attended = s.call("attention", attention, x, c);
  s.name_inner("resid_mid", attended);
  return s.call("output", joined_output, s.call("intermediate", intermediate, attended, c), attended, c);
}

Value encoder(Scope s, Value x, const BertEncoder& c) {
  s.hidden_state(x);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    x = s.call("layer." + std::to_string(i), layer, x, c);
    s.hidden_state(x);
  }
  return x;
}

// pooler: [t, d] -> [n, d], the first token of each text
Value pooler(Scope s, Value x, const BertEncoder& c) {
  return s.activation("activation", s.linear("dense", s.first_row(x), c.width), kernels::Activation::tanh);
}

}  // namespace

BertEncoder read_bert_encoder(const Config& config, std::int64_t vocabulary) {
  const BertEncoder c{.width = config.size("hidden_size", 768),
                      .layers = config.layer_count("num_hidden_layers", 12),
                      .heads = config.size("num_attention_heads", 12),
                      .inner = config.size("intermediate_size", 3072),
                      .vocabulary = config.size("vocab_size", vocabulary),
                      .position_rows = config.size("max_position_embeddings", 512),
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

Value bert_base(Scope s, const BertEncoder& c, Pooler with_pooler) {
  const Value x = s.call("encoder", encoder, s.call_source("embeddings", embeddings, c), c);
  if (with_pooler == Pooler::with) s.call("pooler", pooler, x, c);
  return x;
}

graph::Graph new_bert_graph(const BertEncoder& c, std::string_view base_name, bool head_class) {
  graph::Graph graph;
  graph.base_name = base_name;
  graph.head_class = head_class;
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.position_rows - c.first_position;
  graph.ignored_suffixes = {"embeddings.position_ids"};
  const std::string prefix = head_class ? graph.base_name + "." : "";
  graph.aliases = {{"embed", prefix + "embeddings"},
                   {"layers[i]", prefix + "encoder.layer.{i}"},
                   {"layers[i].attn", prefix + "encoder.layer.{i}.attention.output.dense"},
                   {"layers[i].mlp", prefix + "encoder.layer.{i}.output.dense"}};
  return graph;
}

}  // namespace sonde::models
