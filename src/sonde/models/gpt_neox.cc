// GPT-NeoX (Pythia): a decoder with query, key and value of each head side by side in one product, rotation
// of part of a head, and attention and MLP beside each other on one residual. Source: Black et al. 2022;
// module names and order of transformers 5.23, modeling_gpt_neox.py.
#include <cmath>

#include "sonde/graph/scope.h"
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/rotary.h"

namespace sonde::models {
namespace {

using graph::Bias;
using graph::Embedding;
using graph::Scope;
using graph::Value;

struct GptNeoxConfig {
  std::int64_t width, layers, heads, inner, vocabulary, positions;
  double eps;
  kernels::Activation activation;
  Bias attention_bias;
  bool parallel, tied;
  graph::Rotate rotation;
};

GptNeoxConfig read(const Config& config) {
  GptNeoxConfig c{
      .width = config.size("hidden_size", 6144),
      .layers = config.layer_count("num_hidden_layers", 44),
      .heads = config.size("num_attention_heads", 64),
      .inner = config.size("intermediate_size", 24576),
      .vocabulary = config.size("vocab_size", 50432),
      .positions = config.size("max_position_embeddings", 2048),
      .eps = config.number("layer_norm_eps", 1e-5),
      .activation = config.activation("hidden_act", "gelu"),
      .attention_bias = config.flag("attention_bias", true) ? Bias::with : Bias::without,
      .parallel = config.flag("use_parallel_residual", true),
      .tied = config.flag("tie_word_embeddings", false),
      .rotation = {},
  };
  if (c.width % c.heads != 0) {
    Config::refuse("num_attention_heads", std::to_string(c.heads),
                   "a divisor of hidden_size " + std::to_string(c.width));
  }
  Rotary rotary =
      read_rotary(config, {.theta = "rotary_emb_base", .part = "rotary_pct", .part_otherwise = 0.25});
  rotary.head_width = c.width / c.heads;
  rotary.positions = c.positions;
  c.rotation = rotation(rotary);
  return c;
}

// attention: [t, d] -> [t, d]
Value attention(Scope s, Value x, const GptNeoxConfig& c) {
  const std::int64_t e = c.width / c.heads;
  const Value all = s.linear("query_key_value", x, 3 * c.width, c.attention_bias);  // [t, h·3e]
  const auto part = [&](std::int64_t index) {
    return s.take_heads(all, {.stride = 3 * e, .first = index * e, .width = e});
  };
  x = s.attend({s.rotate(part(0), c.rotation), s.rotate(part(1), c.rotation), part(2)},
               {.heads = c.heads,
                .key_heads = c.heads,
                .head_width = e,
                .scale = 1.0f / std::sqrt(static_cast<float>(e)),
                .mask = kernels::AttentionMask::causal});
  return s.linear("dense", x, c.width, c.attention_bias);
}

// mlp: [t, d] -> [t, d]
Value mlp(Scope s, Value x, const GptNeoxConfig& c) {
  x = s.activation("act", s.linear("dense_h_to_4h", x, c.inner), c.activation);
  return s.linear("dense_4h_to_h", x, c.width);
}

Value layer(Scope s, Value x, const GptNeoxConfig& c) {
  Value attended = s.call("attention", attention, s.layer_norm("input_layernorm", x, c.eps), c);
  attended = s.identity("post_attention_dropout", attended);
  const auto mixed = [&](Value y) {
    y = s.call("mlp", mlp, s.layer_norm("post_attention_layernorm", y, c.eps), c);
    return s.identity("post_mlp_dropout", y);
  };
  if (c.parallel) return s.add(s.add(mixed(x), attended), x);
  x = s.add(attended, x);
  s.name_inner("resid_mid", x);
  return s.add(mixed(x), x);
}

Value base(Scope s, const GptNeoxConfig& c) {
  Value x = s.embedding("embed_in", Embedding::Index::token, c.vocabulary, c.width);
  x = s.identity("emb_dropout", x);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    s.hidden_state(x);
    x = s.call("layers." + std::to_string(i), layer, x, c);
  }
  x = s.layer_norm("final_layer_norm", x, c.eps);
  s.hidden_state(x);
  return x;
}

graph::Graph build(const Config& config, std::string_view model_class) {
  const GptNeoxConfig c = read(config);
  graph::Graph graph;
  graph.base_name = "gpt_neox";
  graph.head_class = model_class == "GPTNeoXForCausalLM";
  graph.layers = c.layers;
  graph.width = c.width;
  graph.positions = c.positions;
  graph.ignored_suffixes = {".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"};
  Scope root(graph);
  const std::string prefix = graph.head_class ? "gpt_neox." : "";
  if (graph.head_class) {
    const Value x = root.call_source("gpt_neox", base, c);
    // Checkpoints call this weight embed_out.
    root.linear("lm_head", x, c.vocabulary, Bias::without,
                {.weight = c.tied ? "gpt_neox.embed_in.weight" : "embed_out.weight"});
  } else {
    base(root, c);
    graph.ignore({"embed_out.weight"});
  }
  graph.aliases = {{"embed", prefix + "embed_in"},
                   {"layers[i]", prefix + "layers.{i}"},
                   {"layers[i].attn", prefix + "layers.{i}.attention"},
                   {"layers[i].mlp", prefix + "layers.{i}.mlp"},
                   {"final_norm", prefix + "final_layer_norm"}};
  return graph;
}

}  // namespace

extern const Architecture gpt_neox_entry;
const Architecture gpt_neox_entry = {"gpt_neox",
                                     "GPT-NeoX decoder (Pythia), rotary positions, parallel residual",
                                     {"GPTNeoXForCausalLM", "GPTNeoXModel"},
                                     build};

}  // namespace sonde::models
