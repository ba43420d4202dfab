// ALBERT from its config alone: published counts, layers that share their weights, and configs that do not
// fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// albert/albert-base-v2
nlohmann::json albert_base() {
  return {{"model_type", "albert"}, {"architectures", {"AlbertModel"}}, {"embedding_size", 128},
          {"hidden_size", 768},     {"num_hidden_layers", 12},          {"num_hidden_groups", 1},
          {"inner_group_num", 1},   {"num_attention_heads", 12},        {"intermediate_size", 3072},
          {"vocab_size", 30000},    {"hidden_act", "gelu_new"},         {"layer_norm_eps", 1e-12}};
}

nlohmann::json with_class(nlohmann::json config, const char* model_class) {
  config["architectures"] = {model_class};
  return config;
}

TEST(AlbertTest, BaseHasItsPublishedParameterCountForEveryClass) {
  EXPECT_EQ(count_parameters(graph_of(albert_base())), 11683584);
  EXPECT_EQ(count_parameters(graph_of(with_class(albert_base(), "AlbertForMaskedLM"))), 11221680);
  EXPECT_EQ(count_parameters(graph_of(with_class(albert_base(), "AlbertForPreTraining"))), 11813810);
  EXPECT_EQ(count_parameters(graph_of(with_class(albert_base(), "AlbertForSequenceClassification"))),
            11685122);
}

TEST(AlbertTest, DefaultsAreThoseOfTransformersTheExtraExtraLargeModel) {
  EXPECT_EQ(count_parameters(graph_of({{"model_type", "albert"}, {"architectures", {"AlbertModel"}}})),
            222595584);
  EXPECT_EQ(count_parameters(graph_of({{"model_type", "albert"}, {"architectures", {"AlbertForMaskedLM"}}})),
            206368944);
}

TEST(AlbertTest, TwelveCallsOfOneLayerGiveTheStates) {
  const graph::Graph graph = graph_of(albert_base());
  ASSERT_EQ(graph.hidden_states.size(), 13u);
  EXPECT_EQ(graph.layers, 12);
  EXPECT_EQ(graph.hidden_states[0], module_at(graph, "encoder.embedding_hidden_mapping_in").output);
  EXPECT_EQ(graph.value(module_at(graph, "embeddings").output).width, 128);
  for (int i = 0; i < 12; ++i) {
    const graph::ScopeRecord& call =
        module_at(graph, "encoder.albert_layer_groups.0[" + std::to_string(i) + "].albert_layers.0");
    EXPECT_EQ(graph.hidden_states[i], call.input);
    EXPECT_EQ(graph.hidden_states[i + 1], call.output);
    EXPECT_EQ(graph.value(call.output).width, 768);
  }
}

// The groups that passes call, from the modules' paths.
std::vector<std::string> groups_called(const nlohmann::json& config) {
  std::vector<std::string> calls;
  const std::string prefix = "encoder.albert_layer_groups.";
  for (const graph::ScopeRecord& scope : graph_of(config).scopes) {
    if (scope.path.starts_with(prefix) && scope.path.find('.', prefix.size()) == std::string::npos)
      calls.push_back(scope.path.substr(prefix.size()));
  }
  return calls;
}

TEST(AlbertTest, PassesAreSharedOutAmongGroupsAsTransformersDoes) {
  nlohmann::json config = albert_base();
  config.update({{"num_hidden_layers", 5}, {"num_hidden_groups", 2}});
  EXPECT_THAT(groups_called(config), ElementsAre("0[0]", "0[1]", "0[2]", "1[0]", "1[1]"));
  config["num_hidden_groups"] = 5;
  EXPECT_THAT(groups_called(config), ElementsAre("0", "1", "2", "3", "4"));
  config.update({{"num_hidden_layers", 1}, {"num_hidden_groups", 1}});
  EXPECT_THAT(groups_called(config), ElementsAre("0"));
}

TEST(AlbertTest, EveryLayerOfAGroupGivesAState) {
  nlohmann::json config = albert_base();
  config["inner_group_num"] = 2;
  const graph::Graph graph = graph_of(config);
  EXPECT_EQ(graph.layers, 24);
  EXPECT_EQ(graph.hidden_states.size(), 25u);
  EXPECT_EQ(graph.hidden_states[2], module_at(graph, "encoder.albert_layer_groups.0[0]").output);
}

TEST(AlbertTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(albert_base(), "num_attention_heads", 7).what(),
              HasSubstr("a divisor of hidden_size 768"));
  EXPECT_THAT(refusal_of(albert_base(), "num_hidden_groups", 13).what(),
              HasSubstr("at most num_hidden_layers 12"));
  EXPECT_THAT(refusal_of(albert_base(), "inner_group_num", 342).what(), HasSubstr("at most 4096 layers"));
  EXPECT_THAT(refusal_of(albert_base(), "position_embedding_type", "relative_key").what(),
              HasSubstr("expected absolute"));
  EXPECT_THAT(
      refusal_of(with_class(albert_base(), "AlbertForSequenceClassification"), "num_labels", 0).what(),
      HasSubstr("'num_labels'"));
  refusal_of(albert_base(), "embedding_size", 0);
  refusal_of(albert_base(), "hidden_act", "gelu_old");
}

}  // namespace
}  // namespace sonde::models
