// BERT and its pre-training heads.
// Source: Devlin et al. 2019; module names and order of transformers 5.23, modeling_bert.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/bert_encoder.h"

namespace sonde::models {
namespace {

using graph::Scope;
using graph::Value;

// cls.predictions: [t, d] -> [t, v]
Value predictions(Scope s, Value x, const BertEncoder& c, const std::string& table) {
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
  const BertEncoder c = read_bert_encoder(config, 30522);
  const bool head = model_class != "BertModel", pre_training = model_class == "BertForPreTraining";
  graph::Graph graph = new_bert_graph(c, "bert", head);
  Scope root(graph);
  if (!head) {
    bert_base(root, c, Pooler::with);
    return graph;
  }
  const Value x = root.call_source("bert", bert_base, c, pre_training ? Pooler::with : Pooler::without);
  root.call(
      "cls",
      [&c](Scope s, Value y) {
        return s.call("predictions", predictions, y, c, "bert.embeddings.word_embeddings.weight");
      },
      x);
  graph.ignore({"cls.predictions.bias", "cls.seq_relationship.weight", "cls.seq_relationship.bias"});
  if (!pre_training) graph.ignore({"pooler.dense.weight", "pooler.dense.bias"});
  return graph;
}

}  // namespace

extern const Architecture bert_entry;
const Architecture bert_entry = {"bert",
                                 "BERT encoder, learned positions, post-norm",
                                 {"BertModel", "BertForMaskedLM", "BertForPreTraining"},
                                 build};

}  // namespace sonde::models
