// The encoder that BERT introduced and RoBERTa keeps: learned positions, a norm after each residual sum, and
// the pooler on the first token.
#pragma once

#include <cstdint>
#include <string_view>

#include "sonde/graph/scope.h"
#include "sonde/models/config.h"

namespace sonde::models {

/// What distinguishes one BERT-style encoder from another.
struct BertEncoder {
  std::int64_t width = 0;           ///< d
  std::int64_t layers = 0;          ///< l
  std::int64_t heads = 0;           ///< h; divides d
  std::int64_t inner = 0;           ///< f, width of the feed-forward
  std::int64_t vocabulary = 0;      ///< v
  std::int64_t position_rows = 0;   ///< rows of the position table
  std::int64_t first_position = 0;  ///< row of that table for a text's first token
  graph::Embedding::Pads pads = graph::Embedding::Pads::counted;
  std::int64_t types = 0;  ///< rows of the token type table
  double eps = 1e-12;      ///< of every norm
  kernels::Activation activation = kernels::Activation::gelu;
};

/// Read the keys that such configs share, with transformers' defaults; `vocabulary` is the default of
/// vocab_size. Errors: input for heads that do not divide, positions that are not absolute or values out of
/// range.
BertEncoder read_bert_encoder(const Config& config, std::int64_t vocabulary);

/// Whether the base model carries the pooler.
enum class Pooler { without, with };

/// Write the base model under `s`: `embeddings`, `encoder` and perhaps `pooler`. Shapes: [t, d].
graph::Value bert_base(graph::Scope s, const BertEncoder& encoder, Pooler with_pooler);

/// Start a graph with sizes and aliases; under `base_name` when a head class holds the base model.
graph::Graph new_bert_graph(const BertEncoder& encoder, std::string_view base_name, bool head_class);

}  // namespace sonde::models
