// DeBERTa-v2 and v3: scores that depend on what two tokens are and on how far apart they stand, no absolute
// positions needed, and in the larger models a convolution over tokens beside the first layer.
// Source: He et al. 2021, "DeBERTa"; module names and order of transformers 5.23, modeling_deberta_v2.py.
#include <algorithm>
#include <cmath>
#include <string>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

using graph::Embedding;
using graph::Scope;
using graph::Value;

// Attention packs a relative table for each distance that two positions can have.
constexpr std::int64_t kMostPositions = 8192;

struct RelativeConfig {
  kernels::RelativeRows rows;
  bool attend = false;                 // relative_attention
  bool keys = false, queries = false;  // "c2p", "p2c"
  bool shared = false;                 // the layer's own projections serve the table too
  bool normed = false;                 // a norm on the table
};

struct DebertaConfig {
  std::int64_t width, layers, heads, inner, vocabulary, positions, types, embedding_width, taps, labels;
  double eps;
  bool absolute, legacy_head;
  kernels::Activation activation, convolution_activation, pooler_activation;
  RelativeConfig relative;
};

// A whole number where -1 and 0 stand for none, which is 0 here.
std::int64_t positive_or_none(const Config& config, std::string_view key) {
  const double value = config.number(key, -1);
  if (value < 1) return 0;
  return config.size(key);
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

RelativeConfig read_relative(const Config& config, std::int64_t positions) {
  const std::vector<std::string> kinds = config.alternatives("pos_att_type");
  RelativeConfig r{.attend = config.flag("relative_attention", false),
                   .keys = contains(kinds, "c2p"),
                   .queries = contains(kinds, "p2c"),
                   .shared = config.flag("share_att_key", false),
                   .normed = contains(config.alternatives("norm_rel_ebd"), "layer_norm")};
  if (!r.attend) return r;
  r.rows.buckets = positive_or_none(config, "position_buckets");
  r.rows.farthest = positive_or_none(config, "max_relative_positions");
  if (r.rows.farthest == 0) r.rows.farthest = positions;
  r.rows.span = r.rows.buckets > 0 ? r.rows.buckets : r.rows.farthest;
  if (positions > kMostPositions) {
    Config::refuse("max_position_embeddings", std::to_string(positions),
                   "at most " + std::to_string(kMostPositions) + " with relative_attention");
  }
  if (r.rows.buckets == 1 || (r.rows.buckets > 1 && r.rows.farthest <= r.rows.buckets / 2 + 1)) {
    Config::refuse(
        "position_buckets", std::to_string(r.rows.buckets),
        "from 2 to less than twice the largest relative position, " + std::to_string(r.rows.farthest));
  }
  return r;
}

void check(const DebertaConfig& c, const Config& config) {
  const auto must_be_width = [&](std::string_view key, std::int64_t value) {
    if (value != c.width)
      Config::refuse(key, std::to_string(value), "hidden_size " + std::to_string(c.width));
  };
  if (c.width % c.heads != 0) {
    Config::refuse("num_attention_heads", std::to_string(c.heads),
                   "a divisor of hidden_size " + std::to_string(c.width));
  }
  const std::int64_t head_width = config.size("attention_head_size", c.width / c.heads);
  if (head_width != c.width / c.heads) {
    Config::refuse("attention_head_size", std::to_string(head_width),
                   "hidden_size / num_attention_heads, " + std::to_string(c.width / c.heads));
  }
  must_be_width("pooler_hidden_size", config.size("pooler_hidden_size", c.width));
  if (!c.legacy_head) must_be_width("embedding_size", c.embedding_width);
  if (c.taps > 0 && c.taps % 2 == 0)
    Config::refuse("conv_kernel_size", std::to_string(c.taps), "an odd number of tokens");
  const std::int64_t groups = config.size("conv_groups", 1);
  if (c.taps > 0 && groups != 1) Config::refuse("conv_groups", std::to_string(groups), "1");
}

DebertaConfig read(const Config& config) {
  const std::int64_t width = config.size("hidden_size", 1536);
  const std::int64_t positions = config.size("max_position_embeddings", 512);
  const DebertaConfig c{.width = width,
                        .layers = config.layer_count("num_hidden_layers", 24),
                        .heads = config.size("num_attention_heads", 24),
                        .inner = config.size("intermediate_size", 6144),
                        .vocabulary = config.size("vocab_size", 128100),
                        .positions = positions,
                        .types = config.count("type_vocab_size", 0),
                        .embedding_width = config.size("embedding_size", width),
                        .taps = config.count("conv_kernel_size", 0),
                        .labels = config.label_count(),
                        .eps = config.number("layer_norm_eps", 1e-7),
                        .absolute = config.flag("position_biased_input", true),
                        .legacy_head = config.flag("legacy", true),
                        .activation = config.activation("hidden_act", "gelu"),
                        .convolution_activation = config.activation("conv_act", "tanh"),
                        .pooler_activation = config.activation("pooler_hidden_act", "gelu"),
                        .relative = read_relative(config, positions)};
  check(c, config);
  return c;
}

// embeddings: token ids -> [t, d]
Value embeddings(Scope s, const DebertaConfig& c) {
  Value x = s.embedding("word_embeddings", Embedding::Index::token, c.vocabulary, c.embedding_width);
  if (c.absolute) {
    x = s.add(x,
              s.embedding("position_embeddings", Embedding::Index::position, c.positions, c.embedding_width));
  }
  if (c.types > 0)
    x = s.add(x, s.embedding("token_type_embeddings", Embedding::Index::zero, c.types, c.embedding_width));
  if (c.embedding_width != c.width) x = s.linear("embed_proj", x, c.width, graph::Bias::without);
  return s.identity("dropout", s.layer_norm("LayerNorm", x, c.eps));
}

// The relative table as this layer's heads see it: [2·span, h·e] for each kind of term.
graph::RelativeTables project(Scope s, Value table, const DebertaConfig& c) {
  const RelativeConfig& r = c.relative;
  graph::RelativeTables tables{.rows = r.rows};
  if (!r.attend) return tables;
  table = s.identity("pos_dropout", table);
  if (r.keys)
    tables.keys = r.shared ? s.linear_again("key_proj", table) : s.linear("pos_key_proj", table, c.width);
  if (r.queries) {
    tables.queries =
        r.shared ? s.linear_again("query_proj", table) : s.linear("pos_query_proj", table, c.width);
  }
  return tables;
}

// attention.self: [t, d] -> [t, d]
Value self_attention(Scope s, Value x, Value table, const DebertaConfig& c) {
  const std::int64_t head_width = c.width / c.heads;
  const graph::Attention qkv{s.linear("query_proj", x, c.width), s.linear("key_proj", x, c.width),
                             s.linear("value_proj", x, c.width)};
  const graph::RelativeTables tables = project(s, table, c);
  // The kinds of terms that the config names count, used or not.
  const std::int64_t terms = 1 + (c.relative.keys ? 1 : 0) + (c.relative.queries ? 1 : 0);
  const kernels::AttentionShape shape{.heads = c.heads,
                                      .key_heads = c.heads,
                                      .head_width = head_width,
                                      .scale = 1.0f / std::sqrt(static_cast<float>(head_width * terms))};
  const graph::Attended attended = s.attend_by_distance(qkv, shape, tables);
  s.identity("dropout", attended.weights);
  return attended.context;
}

// attention.output and output: the sub-layer's result joins the residual stream, then both are normalised.
Value joined_output(Scope s, Value x, Value residual, const DebertaConfig& c) {
  x = s.identity("dropout", s.linear("dense", x, c.width));
  return s.layer_norm("LayerNorm", s.add(x, residual), c.eps);
}

Value attention(Scope s, Value x, Value table, const DebertaConfig& c) {
  return s.call("output", joined_output, s.call("self", self_attention, x, table, c), x, c);
}

// intermediate: [t, d] -> [t, f]
Value intermediate(Scope s, Value x, const DebertaConfig& c) {
  return s.activation("intermediate_act_fn", s.linear("dense", x, c.inner), c.activation);
}

Value layer(Scope s, Value x, Value table, const DebertaConfig& c) {
  const Value attended = s.call("attention", attention, x, table, c);
  s.name_inner("resid_mid", attended);
  return s.call("output", joined_output, s.call("intermediate", intermediate, attended, c), attended, c);
}

// conv: what the first layer takes, convolved over the tokens, joins what it gives. [t, d] -> [t, d]
Value convolution(Scope s, Value x, Value first_layer, const DebertaConfig& c) {
  x = s.identity("dropout", s.convolution("conv", x, c.width, c.taps));
  return s.layer_norm("LayerNorm", s.add(first_layer, s.apply(x, c.convolution_activation)), c.eps);
}

Value encoder(Scope s, Value x, const DebertaConfig& c) {
  Value table;
  if (c.relative.attend) {
    table = s.table("rel_embeddings", 2 * c.relative.rows.span, c.width);
    if (c.relative.normed) table = s.layer_norm("LayerNorm", table, c.eps);
  }
  const Value embedded = x;
  s.hidden_state(x);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    x = s.call("layer." + std::to_string(i), layer, x, table, c);
    if (i == 0 && c.taps > 0) x = s.call("conv", convolution, embedded, x, c);
    s.hidden_state(x);
  }
  return x;
}

Value base(Scope s, const DebertaConfig& c) {
  return s.call("encoder", encoder, s.call_source("embeddings", embeddings, c), c);
}

// cls.predictions: [t, d] -> [t, v]
Value legacy_predictions(Scope s, Value x, const DebertaConfig& c) {
  x = s.call(
      "transform",
      [&c](Scope t, Value y) {
        y = t.activation("transform_act_fn", t.linear("dense", y, c.embedding_width), c.activation);
        return t.layer_norm("LayerNorm", y, c.eps);
      },
      x);
  return s.linear("decoder", x, c.vocabulary, graph::Bias::with,
                  {.weight = "deberta.embeddings.word_embeddings.weight", .bias = s.path_of("bias")});
}

// lm_predictions.lm_head: [t, d] -> [t, v]
Value table_predictions(Scope s, Value x, const DebertaConfig& c) {
  x = s.activation("transform_act_fn", s.linear("dense", x, c.width), c.activation);
  x = s.layer_norm("LayerNorm", x, c.eps);
  return s.multiply_by_table(x, "deberta.embeddings.word_embeddings.weight");
}

void masked_lm_head(Scope root, Value x, const DebertaConfig& c) {
  const auto within = [&c](std::string_view name, auto module) {
    return [&c, name, module](Scope s, Value y) { return s.call(name, module, y, c); };
  };
  if (c.legacy_head) {
    root.call("cls", within("predictions", legacy_predictions), x);
  } else {
    root.call("lm_predictions", within("lm_head", table_predictions), x);
  }
}

// pooler: [t, d] -> [n, d], the first token of each text
Value pooler(Scope s, Value x, const DebertaConfig& c) {
  x = s.linear("dense", s.identity("dropout", s.first_row(x)), c.width);
  return s.apply(x, c.pooler_activation);
}

void classification_head(Scope root, Value x, const DebertaConfig& c) {
  x = root.identity("dropout", root.call("pooler", pooler, x, c));
  root.linear("classifier", x, c.labels);
}

// Heads and positions that published files hold beside what a class needs.
void ignore_other_parts(graph::Graph& graph) {
  graph.ignore({"embeddings.position_ids", "embeddings.position_embeddings.weight",
                "encoder.LayerNorm.weight", "encoder.LayerNorm.bias", "cls.predictions.bias",
                "pooler.dense.weight", "pooler.dense.bias", "classifier.weight", "classifier.bias",
                "lm_predictions.lm_head.bias"});
  for (const std::string head : {"cls.predictions.transform", "lm_predictions.lm_head", "mask_predictions"}) {
    for (const char* part : {".dense.weight", ".dense.bias", ".LayerNorm.weight", ".LayerNorm.bias"})
      graph.ignored_suffixes.push_back(head + part);
  }
  graph.ignore({"cls.predictions.decoder.weight", "cls.predictions.decoder.bias"});
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const DebertaConfig c = read(config);
  graph::Graph graph;
  graph.base_name = "deberta";
  graph.head_class = model_class != "DebertaV2Model";
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  Scope root(graph);
  if (!graph.head_class) {
    base(root, c);
  } else if (model_class == "DebertaV2ForMaskedLM") {
    masked_lm_head(root, root.call_source("deberta", base, c), c);
  } else {
    classification_head(root, root.call_source("deberta", base, c), c);
  }
  ignore_other_parts(graph);
  const std::string prefix = graph.head_class ? "deberta." : "";
  graph.aliases = {{"embed", prefix + "embeddings"},
                   {"layers[i]", prefix + "encoder.layer.{i}"},
                   {"layers[i].attn", prefix + "encoder.layer.{i}.attention.output.dense"},
                   {"layers[i].mlp", prefix + "encoder.layer.{i}.output.dense"}};
  return graph;
}

}  // namespace

extern const Architecture deberta_v2_entry;
const Architecture deberta_v2_entry = {
    "deberta-v2",
    "DeBERTa-v2 and v3 encoder, attention by relative position",
    {"DebertaV2Model", "DebertaV2ForMaskedLM", "DebertaV2ForSequenceClassification"},
    build};

}  // namespace sonde::models
