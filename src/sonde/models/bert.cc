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
    bert_base(root, c, config.flag("add_pooling_layer", true) ? Pooler::with : Pooler::without);
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

/// The rows of the token type table stand in its shape only; a pooler is never there.
void gguf_complete(const files::GgufHeader&, const files::TensorFile& file, nlohmann::json& config) {
  config["add_pooling_layer"] = false;
  const files::TensorInfo* types = file.find("token_types.weight");
  if (types != nullptr) config["type_vocab_size"] = types->shape[0];
}

// Source: gguf 0.19, tensor_mapping.py; llama.cpp leaves the pooler and heads out of its files.
const GgufNaming kGguf = {
    .architecture = "bert",
    .keys = {{"context_length", "max_position_embeddings"},
             {"block_count", "num_hidden_layers"},
             {"feed_forward_length", "intermediate_size"},
             {"embedding_length", "hidden_size"},
             {"attention.head_count", "num_attention_heads"},
             {"attention.layer_norm_epsilon", "layer_norm_eps"}},
    .tensors = {{"token_embd", "embeddings.word_embeddings"},
                {"token_types", "embeddings.token_type_embeddings"},
                {"position_embd", "embeddings.position_embeddings"},
                {"token_embd_norm", "embeddings.LayerNorm"},
                {"blk.{i}.attn_q", "encoder.layer.{i}.attention.self.query"},
                {"blk.{i}.attn_k", "encoder.layer.{i}.attention.self.key"},
                {"blk.{i}.attn_v", "encoder.layer.{i}.attention.self.value"},
                {"blk.{i}.attn_output", "encoder.layer.{i}.attention.output.dense"},
                {"blk.{i}.attn_output_norm", "encoder.layer.{i}.attention.output.LayerNorm"},
                {"blk.{i}.ffn_up", "encoder.layer.{i}.intermediate.dense"},
                {"blk.{i}.ffn_down", "encoder.layer.{i}.output.dense"},
                {"blk.{i}.layer_output_norm", "encoder.layer.{i}.output.LayerNorm"}},
    .complete = gguf_complete};

}  // namespace

extern const Architecture bert_entry;
const Architecture bert_entry = {"bert",
                                 "BERT encoder, learned positions, post-norm",
                                 {"BertModel", "BertForMaskedLM", "BertForPreTraining"},
                                 build,
                                 &kGguf};

}  // namespace sonde::models
