// Graphs for tests of the passes: four architectures in small, written with the pen alone, so that this
// room is tested without the rooms above it.
#pragma once

#include <string>

#include "sonde/graph/scope.h"

namespace sonde::graph {

inline Value attention_block(Scope s, Value x) {
  const Value q = s.linear("query", x, 24), k = s.linear("key", x, 24), v = s.linear("value", x, 24);
  return s.linear("dense", s.attend({q, k, v}, {.heads = 4, .key_heads = 4, .head_width = 6}), 24);
}

/// Write a post-norm encoder with a pooler, as BERT is.
inline Graph encoder_graph(int layers) {
  Graph graph;
  Scope s(graph);
  Value x = s.add(s.embedding("words", Embedding::Index::token, 50, 24),
                  s.embedding("positions", Embedding::Index::position, 17, 24));
  x = s.layer_norm("norm", x, 1e-12);
  s.hidden_state(x);
  for (int i = 0; i < layers; ++i) {
    const std::string n = std::to_string(i);
    x = s.layer_norm("norm1." + n, s.add(s.call("attention." + n, attention_block, x), x), 1e-12);
    const Value inner = s.activation("act." + n, s.linear("up." + n, x, 40), kernels::Activation::gelu);
    x = s.layer_norm("norm2." + n, s.add(s.linear("down." + n, inner, 24), x), 1e-12);
    s.hidden_state(x);
  }
  s.activation("pooled", s.linear("pooler", s.first_row(x), 24), kernels::Activation::tanh);
  return graph;
}

/// Write a pre-norm decoder whose query, key and value are columns of one product, as GPT-2 is.
inline Graph joined_decoder_graph(int layers) {
  Graph graph;
  Scope s(graph);
  Value x = s.add(s.embedding("wte", Embedding::Index::token, 50, 20),
                  s.embedding("wpe", Embedding::Index::position, 16, 20));
  for (int i = 0; i < layers; ++i) {
    const std::string n = std::to_string(i);
    s.hidden_state(x);
    const Value all = s.conv1d("c_attn." + n, s.layer_norm("ln_1." + n, x, 1e-5), 60);
    const Value context = s.attend({s.columns(all, 0, 20), s.columns(all, 20, 20), s.columns(all, 40, 20)},
                                   {.heads = 4, .key_heads = 4, .head_width = 5});
    x = s.add(s.conv1d("c_proj." + n, context, 20), x);
    const Value inner = s.conv1d("c_fc." + n, s.layer_norm("ln_2." + n, x, 1e-5), 36);
    x = s.add(x, s.conv1d("out." + n, s.activation("act." + n, inner, kernels::Activation::gelu), 20));
  }
  x = s.layer_norm("ln_f", x, 1e-5);
  s.hidden_state(x);
  s.linear("lm_head", x, 50, Bias::without);
  return graph;
}

/// Write a pre-norm decoder with rotary positions, grouped heads and a gated MLP, as Llama is.
inline Graph gated_decoder_graph(int layers) {
  Graph graph;
  Scope s(graph);
  Value x = s.embedding("embed", Embedding::Index::token, 50, 24);
  for (int i = 0; i < layers; ++i) {
    const std::string n = std::to_string(i);
    s.hidden_state(x);
    const Value normed = s.rms_norm("norm1." + n, x, 1e-5);
    const Value q = s.rotate(s.linear("q." + n, normed, 24, Bias::without), {1.0f, 0.1f, 0.01f});
    const Value k = s.rotate(s.linear("k." + n, normed, 12, Bias::without), {1.0f, 0.1f, 0.01f});
    const Value v = s.linear("v." + n, normed, 12, Bias::without);
    const Value context = s.attend({q, k, v}, {.heads = 4, .key_heads = 2, .head_width = 6});
    x = s.add(x, s.linear("o." + n, context, 24, Bias::without));
    const Value again = s.rms_norm("norm2." + n, x, 1e-5);
    const Value gate = s.activation("act." + n, s.linear("gate." + n, again, 40), kernels::Activation::silu);
    x = s.add(x, s.linear("down." + n, s.multiply(gate, s.linear("up." + n, again, 40)), 24));
  }
  x = s.rms_norm("norm", x, 1e-5);
  s.hidden_state(x);
  return graph;
}

/// Write an encoder whose scores depend on distance, with a convolution beside its first layer, as DeBERTa
/// is.
inline Graph distance_encoder_graph(int layers) {
  Graph graph;
  Scope s(graph);
  const Value table = s.layer_norm("table_norm", s.table("table", 14, 24), 1e-7);
  const Value embedded = s.layer_norm("norm", s.embedding("words", Embedding::Index::token, 50, 24), 1e-7);
  Value x = embedded;
  s.hidden_state(x);
  for (int i = 0; i < layers; ++i) {
    const std::string n = std::to_string(i);
    const Value q = s.linear("q." + n, x, 24), k = s.linear("k." + n, x, 24), v = s.linear("v." + n, x, 24);
    const RelativeTables tables{
        s.linear_again("k." + n, table), s.linear("pos_q." + n, table, 24), {.span = 7}};
    const Attended attended =
        s.attend_by_distance({q, k, v}, {.heads = 4, .key_heads = 4, .head_width = 6}, tables);
    x = s.layer_norm("norm1." + n, s.add(s.linear("o." + n, attended.context, 24), x), 1e-7);
    if (i == 0) {
      const Value near = s.apply(s.convolution("conv", embedded, 24, 3), kernels::Activation::tanh);
      x = s.layer_norm("norm2." + n, s.add(near, x), 1e-7);
    }
    s.hidden_state(x);
  }
  s.call("head", [](Scope head, Value v) { return head.multiply_by_table(v, "words.weight"); }, x);
  return graph;
}

/// Write a decoder whose query, key and value stand side by side in each head, as GPT-NeoX is, with norms on
/// heads and a soft cap on the logits.
inline Graph interleaved_decoder_graph(int layers) {
  Graph graph;
  Scope s(graph);
  const Rotate rotation{.frequencies = {1.0f, 0.1f}, .head_width = 6};
  Value x = s.embedding("embed", Embedding{.scale = 5.0f}, 50, 24);
  for (int i = 0; i < layers; ++i) {
    const std::string n = std::to_string(i);
    s.hidden_state(x);
    const Value all = s.linear("qkv." + n, s.layer_norm("norm." + n, x, 1e-5), 72);
    const Value q = s.head_rms_norm("q_norm." + n, s.take_heads(all, {18, 0, 6}), 6, 1e-5, 1.0);
    const Value k = s.head_rms_norm("k_norm." + n, s.take_heads(all, {18, 6, 6}), 6, 1e-5, 1.0);
    const Value v = s.take_heads(all, {18, 12, 6});
    const Value context = s.attend({s.rotate(q, rotation), s.rotate(k, rotation), v},
                                   {.heads = 4, .key_heads = 4, .head_width = 6, .soft_cap = 2.0f});
    const Value inner = s.activation("act." + n, s.linear("up." + n, x, 40), kernels::Activation::gelu);
    x = s.add(s.add(s.linear("down." + n, inner, 24), s.linear("dense." + n, context, 24)), x);
  }
  x = s.layer_norm("final_norm", x, 1e-5);
  s.hidden_state(x);
  s.soft_cap(s.linear("head", x, 50, Bias::without), 30.0);
  return graph;
}

}  // namespace sonde::graph
