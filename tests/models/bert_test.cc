// BERT from its config alone: counts that are published, states, modules, and configs that do not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

TEST(BertTest, BaseHasItsPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(bert_base())), 109482240);
}

TEST(BertTest, MaskedLmDropsThePoolerAndAddsItsHead) {
  nlohmann::json config = bert_base();
  config["architectures"] = {"BertForMaskedLM"};
  // Without the pooler 590,592 fewer; the transform 592,128 more; the decoder's weight is tied, its bias is
  // not.
  EXPECT_EQ(count_parameters(graph_of(config)), 109482240 - 590592 + 592128 + 30522);
  config["architectures"] = {"BertForPreTraining"};
  EXPECT_EQ(count_parameters(graph_of(config)), 109482240 + 592128 + 30522);
}

TEST(BertTest, ThirteenStatesOfWidth768) {
  const graph::Graph graph = graph_of(bert_base());
  ASSERT_EQ(graph.hidden_states.size(), 13u);
  for (const graph::ValueId state : graph.hidden_states) EXPECT_EQ(graph.value(state).width, 768);
  EXPECT_EQ(graph.layers, 12);
  EXPECT_EQ(graph.positions, 512);
  EXPECT_EQ(graph.value(module_at(graph, "encoder.layer.3.intermediate").output).width, 3072);
}

TEST(BertTest, StatesAreTheOutputsOfEmbeddingsAndLayers) {
  const graph::Graph graph = graph_of(bert_base());
  EXPECT_EQ(graph.hidden_states[0], module_at(graph, "embeddings").output);
  for (int i = 0; i < 12; ++i) {
    const graph::ScopeRecord& layer = module_at(graph, "encoder.layer." + std::to_string(i));
    EXPECT_EQ(graph.hidden_states[i], layer.input);
    EXPECT_EQ(graph.hidden_states[i + 1], layer.output);
  }
}

TEST(BertTest, DefaultsAreThoseOfTransformers) {
  EXPECT_EQ(count_parameters(graph_of({{"model_type", "bert"}})), 109482240);
}

TEST(BertTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(
      refusal_of(bert_base(), "num_attention_heads", 7).what(),
      HasSubstr("'num_attention_heads': value not allowed; got 7, expected a divisor of hidden_size 768"));
  EXPECT_THAT(refusal_of(bert_base(), "hidden_act", "gelu_old").what(), HasSubstr("'gelu_old'"));
  EXPECT_THAT(refusal_of(bert_base(), "position_embedding_type", "relative_key").what(),
              HasSubstr("expected absolute"));
  refusal_of(bert_base(), "hidden_size", 0);
  refusal_of(bert_base(), "num_hidden_layers", -1);
  refusal_of(bert_base(), "vocab_size", 1e12);
  refusal_of(bert_base(), "intermediate_size", "3072");
}

}  // namespace
}  // namespace sonde::models
