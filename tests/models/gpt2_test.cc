// GPT-2 from its config alone: counts that are published, states, attention scales, and configs that do not
// fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

std::vector<float> attention_scales(const graph::Graph& graph) {
  std::vector<float> scales;
  for (const graph::Node& node : graph.nodes) {
    if (const auto* attend = std::get_if<graph::Attend>(&node.operation))
      scales.push_back(attend->shape.scale);
  }
  return scales;
}

TEST(Gpt2Test, SmallHasItsPublishedParameterCount) {
  nlohmann::json config = gpt2_small();
  EXPECT_EQ(count_parameters(graph_of(config)), 124439808);
  config["architectures"] = {"GPT2Model"};
  EXPECT_EQ(count_parameters(graph_of(config)), 124439808);
}

TEST(Gpt2Test, ThirteenStatesOfWidth768And3072Neurons) {
  const graph::Graph graph = graph_of(gpt2_small());
  ASSERT_EQ(graph.hidden_states.size(), 13u);
  for (const graph::ValueId state : graph.hidden_states) EXPECT_EQ(graph.value(state).width, 768);
  EXPECT_EQ(graph.value(module_at(graph, "transformer.h.3.mlp.act").output).width, 3072);
  EXPECT_EQ(graph.value(module_at(graph, "lm_head").output).width, 50257);
  EXPECT_EQ(graph.positions, 1024);
}

TEST(Gpt2Test, TheLastStateIsAfterTheFinalNormAndTheOthersBeforeTheirBlock) {
  const graph::Graph graph = graph_of(gpt2_small());
  EXPECT_EQ(graph.hidden_states.back(), module_at(graph, "transformer.ln_f").output);
  EXPECT_EQ(graph.hidden_states[0], module_at(graph, "transformer.drop").output);
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(graph.hidden_states[i], module_at(graph, "transformer.h." + std::to_string(i)).input);
  }
}

TEST(Gpt2Test, InnerWidthIsFourTimesTheWidthUnlessSaid) {
  nlohmann::json config = gpt2_small();
  config["n_inner"] = 100;
  EXPECT_EQ(graph_of(config).value(module_at(graph_of(config), "transformer.h.0.mlp.c_fc").output).width,
            100);
  config["n_inner"] = nullptr;
  EXPECT_EQ(count_parameters(graph_of(config)), 124439808);
}

TEST(Gpt2Test, AttentionScalesFollowTheConfig) {
  nlohmann::json config = gpt2_small();
  config["n_layer"] = 3;
  EXPECT_THAT(attention_scales(graph_of(config)), ::testing::Each(0.125f));
  config["scale_attn_by_inverse_layer_idx"] = true;
  EXPECT_THAT(attention_scales(graph_of(config)), ::testing::ElementsAre(0.125f, 0.125f / 2, 0.125f / 3));
  config["scale_attn_weights"] = false;
  EXPECT_THAT(attention_scales(graph_of(config)), ::testing::ElementsAre(1.0f, 1.0f / 2, 1.0f / 3));
}

TEST(Gpt2Test, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(gpt2_small(), "n_head", 5).what(), HasSubstr("a divisor of n_embd 768"));
  EXPECT_THAT(refusal_of(gpt2_small(), "activation_function", "gelu_neu").what(),
              HasSubstr("did you mean 'gelu_new'"));
  EXPECT_THAT(refusal_of(gpt2_small(), "add_cross_attention", true).what(), HasSubstr("add_cross_attention"));
  refusal_of(gpt2_small(), "scale_attn_weights", "yes");
  refusal_of(gpt2_small(), "layer_norm_epsilon", "small");
  refusal_of(gpt2_small(), "n_layer", 2.5);
}

}  // namespace
}  // namespace sonde::models
