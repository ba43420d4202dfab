// DistilBERT from its config alone: published counts, states, and configs that do not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

// distilbert/distilbert-base-uncased
nlohmann::json distilbert_base() {
  return {{"model_type", "distilbert"},
          {"architectures", {"DistilBertForMaskedLM"}},
          {"dim", 768},
          {"n_layers", 6},
          {"n_heads", 12},
          {"hidden_dim", 3072},
          {"vocab_size", 30522},
          {"max_position_embeddings", 512}};
}

TEST(DistilBertTest, BaseHasItsPublishedParameterCounts) {
  nlohmann::json config = distilbert_base();
  EXPECT_EQ(count_parameters(graph_of(config)), 66985530);
  config["architectures"] = {"DistilBertModel"};
  EXPECT_EQ(count_parameters(graph_of(config)), 66362880);
}

TEST(DistilBertTest, SevenStatesAreTheEmbeddingsAndEachLayersOutput) {
  const graph::Graph graph = graph_of(distilbert_base());
  ASSERT_EQ(graph.hidden_states.size(), 7u);
  EXPECT_EQ(graph.hidden_states[0], module_at(graph, "distilbert.embeddings").output);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(graph.hidden_states[i + 1],
              module_at(graph, "distilbert.transformer.layer." + std::to_string(i)).output);
  }
}

TEST(DistilBertTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(distilbert_base(), "n_heads", 7).what(), HasSubstr("a divisor of dim 768"));
  EXPECT_THAT(refusal_of(distilbert_base(), "activation", "swiglu").what(), HasSubstr("'swiglu'"));
}

}  // namespace
}  // namespace sonde::models
