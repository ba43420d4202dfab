// The decoder that Llama introduced and many families keep: pre-norm with RMS norms, rotary positions,
// grouped key/value heads and a gated MLP. A leaf says what its config calls these numbers, which biases and
// windows it has, and gives a module of its own where it has other children.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sonde/graph/scope.h"
#include "sonde/models/blocks/rotary.h"
#include "sonde/models/config.h"

namespace sonde::models {

struct LlamaDecoder;

/// Write one module of layer `layer`. Shapes: [t, d] -> [t, d].
using LlamaModule = graph::Value (*)(graph::Scope s, graph::Value x, const LlamaDecoder& decoder,
                                     std::size_t layer);

/// Llama's own layer: nothing between a sub-layer and its sum.
graph::Value llama_layer(graph::Scope s, graph::Value x, const LlamaDecoder& decoder, std::size_t layer);

/// Llama's own attention: separate projections, nothing between them and the rotation.
graph::Value llama_attention(graph::Scope s, graph::Value x, const LlamaDecoder& decoder, std::size_t layer);

/// Attention with an RMS norm on every head of query (`q_norm`) and key (`k_norm`) before the rotation.
graph::Value head_norm_attention(graph::Scope s, graph::Value x, const LlamaDecoder& decoder,
                                 std::size_t layer);

/// The gated MLP of every layer. Shapes: [t, d] -> [t, d].
graph::Value llama_mlp(graph::Scope s, graph::Value x, const LlamaDecoder& decoder);

/// What distinguishes one Llama-style decoder from another.
struct LlamaDecoder {
  std::int64_t width = 0;       ///< d
  std::int64_t layers = 0;      ///< l
  std::int64_t heads = 0;       ///< h
  std::int64_t key_heads = 0;   ///< heads of keys and values; divides h
  std::int64_t head_width = 0;  ///< e
  std::int64_t inner = 0;       ///< f, width of the MLP
  std::int64_t vocabulary = 0;  ///< v
  std::int64_t positions = 0;   ///< most tokens of one text
  double eps = 1e-6;            ///< of every norm
  double norm_offset = 0;       ///< added to every norm's weight
  double embedding_scale = 1;   ///< on the embedded tokens
  kernels::Activation activation = kernels::Activation::silu;
  graph::Bias qkv_bias = graph::Bias::without;
  graph::Bias output_bias = graph::Bias::without;  ///< of the attention's o_proj
  graph::Bias mlp_bias = graph::Bias::without;
  double score_scale = 1;  ///< on q·k
  double score_cap = 0;    ///< soft cap of the attention's scores; 0: none
  double logit_cap = 0;    ///< soft cap of what lm_head gives, then the inner value `logits`; 0: none
  bool tied = false;       ///< whether lm_head is the embedding table
  std::vector<graph::Rotate> rotations;  ///< [l]
  /// [l], how many tokens a token sees counting itself; 0: all before it.
  std::vector<std::int64_t> windows;
  LlamaModule attention = llama_attention;
  LlamaModule layer = llama_layer;
};

/// Rotate query and key, then attend causally. Shapes: [t, h·e], twice [t, key_heads·e] -> [t, h·e].
graph::Value rotary_attention(graph::Scope s, const graph::Attention& qkv, const LlamaDecoder& decoder,
                              std::size_t layer);

/// What a config class takes for keys that a config.json leaves out.
struct LlamaDefaults {
  std::int64_t positions = 2048;  ///< of max_position_embeddings
  std::int64_t key_heads = 0;     ///< of num_key_value_heads; 0: as many as heads, which null always means
  std::int64_t head_width = 0;    ///< of head_dim; 0: width / heads
  double eps = 1e-6;              ///< of rms_norm_eps
  std::optional<Rotary> rotary;   ///< what the config says about rotary positions; nothing: read_rotary
};

/// Read the keys that such configs share; no layer has a bias or a window yet, all rotate alike.
/// Errors: input for heads that do not divide, an odd head width or values out of range.
LlamaDecoder read_llama_decoder(const Config& config, const LlamaDefaults& defaults = {});

/// Write the whole graph: the base model alone, or under `model.` with `lm_head` beside it.
graph::Graph llama_decoder_graph(const LlamaDecoder& decoder, bool with_head);

}  // namespace sonde::models
