// Source: Liu et al. 2019; module names and order of transformers 5.23, modeling_roberta.py.
#include "sonde/models/blocks/roberta_model.h"

#include "sonde/models/blocks/bert_encoder.h"

namespace sonde::models {
namespace {

using graph::Scope;
using graph::Value;

// lm_head: [t, d] -> [t, v]. Its GELU is a function there, not a module, whatever hidden_act says.
Value lm_head(Scope s, Value x, const BertEncoder& c) {
  x = s.apply(s.linear("dense", x, c.width), kernels::Activation::gelu);
  return s.linear("decoder", s.layer_norm("layer_norm", x, c.eps), c.vocabulary, graph::Bias::with,
                  {.weight = "roberta.embeddings.word_embeddings.weight", .bias = s.path_of("bias")});
}

}  // namespace

graph::Graph roberta_graph(const Config& config, std::string_view model_class, const RobertaNames& names) {
  BertEncoder c = read_bert_encoder(config, names.vocabulary);
  c.first_position = config.count("pad_token_id", 1) + 1;
  c.pads = graph::Embedding::Pads::skipped;
  if (c.first_position >= c.position_rows) {
    Config::refuse("max_position_embeddings", std::to_string(c.position_rows), "more than pad_token_id + 1");
  }
  const bool head = model_class == names.masked_lm;
  graph::Graph graph = new_bert_graph(c, "roberta", head);
  Scope root(graph);
  if (!head) {
    bert_base(root, c, Pooler::with);
    graph.ignore({"lm_head.bias", "lm_head.dense.weight", "lm_head.dense.bias", "lm_head.layer_norm.weight",
                  "lm_head.layer_norm.bias", "lm_head.decoder.weight", "lm_head.decoder.bias"});
    return graph;
  }
  root.call("lm_head", lm_head, root.call_source("roberta", bert_base, c, Pooler::without), c);
  graph.ignore({"pooler.dense.weight", "pooler.dense.bias", "lm_head.bias"});
  return graph;
}

}  // namespace sonde::models
