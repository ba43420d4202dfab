// Gemma 2 from its config alone: the published count, its scales and caps, its windows, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// google/gemma-2-2b
nlohmann::json gemma2_2b() {
  return {{"model_type", "gemma2"},
          {"architectures", {"Gemma2ForCausalLM"}},
          {"attention_bias", false},
          {"attn_logit_softcapping", 50.0},
          {"final_logit_softcapping", 30.0},
          {"head_dim", 256},
          {"hidden_act", "gelu_pytorch_tanh"},
          {"hidden_activation", "gelu_pytorch_tanh"},
          {"hidden_size", 2304},
          {"intermediate_size", 9216},
          {"max_position_embeddings", 8192},
          {"num_attention_heads", 8},
          {"num_hidden_layers", 26},
          {"num_key_value_heads", 4},
          {"query_pre_attn_scalar", 256},
          {"rms_norm_eps", 1e-6},
          {"rope_theta", 10000.0},
          {"sliding_window", 4096},
          {"vocab_size", 256000}};
}

template <class Operation>
const Operation& first(const graph::Graph& graph) {
  for (const graph::Node& node : graph.nodes) {
    if (const auto* operation = std::get_if<Operation>(&node.operation)) return *operation;
  }
  throw std::out_of_range("no such operation");
}

TEST(Gemma2Test, TwoBillionHaveTheirPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(gemma2_2b())), 2614341888);
}

TEST(Gemma2Test, ScalesAndCapsAreThoseOfTheConfig) {
  nlohmann::json config = gemma2_2b();
  config["query_pre_attn_scalar"] = 144;
  const graph::Graph graph = graph_of(config);
  EXPECT_FLOAT_EQ(first<graph::Embedding>(graph).scale, 48.0f);
  EXPECT_FLOAT_EQ(first<graph::Attend>(graph).shape.scale, 1.0f / 12);
  EXPECT_FLOAT_EQ(first<graph::Attend>(graph).shape.soft_cap, 50.0f);
  EXPECT_FLOAT_EQ(first<graph::SoftCap>(graph).cap, 30.0f);
  EXPECT_FLOAT_EQ(first<graph::Normalize>(graph).offset, 1.0f);
  EXPECT_EQ(first<graph::Activate>(graph).function, kernels::Activation::gelu_tanh);
}

TEST(Gemma2Test, DefaultsAreThoseOfTransformersAndNullMeansNoCap) {
  nlohmann::json config = gemma2_2b();
  for (const char* key : {"attn_logit_softcapping", "final_logit_softcapping", "query_pre_attn_scalar",
                          "hidden_activation", "head_dim", "num_key_value_heads", "sliding_window"}) {
    config.erase(key);
  }
  const graph::Graph graph = graph_of(config);
  EXPECT_EQ(count_parameters(graph), 2614341888);
  EXPECT_FLOAT_EQ(first<graph::Attend>(graph).shape.soft_cap, 50.0f);
  EXPECT_FLOAT_EQ(first<graph::SoftCap>(graph).cap, 30.0f);
  EXPECT_EQ(attention_windows(graph)[0], 4096);
  config["attn_logit_softcapping"] = nullptr;
  config["final_logit_softcapping"] = nullptr;
  EXPECT_EQ(first<graph::Attend>(graph_of(config)).shape.soft_cap, 0.0f);
  EXPECT_THROW(first<graph::SoftCap>(graph_of(config)), std::out_of_range);
}

TEST(Gemma2Test, EveryOtherLayerHasTheWindow) {
  nlohmann::json config = gemma2_2b();
  config["num_hidden_layers"] = 3;
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(4096, 0, 4096));
  config["layer_types"] = {"full_attention", "full_attention", "sliding_attention"};
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(0, 0, 4096));
}

TEST(Gemma2Test, TheMiddleOfALayerIsAfterTheNormOfWhatAttentionGives) {
  const graph::Graph graph = graph_of(gemma2_2b());
  const auto middle =
      std::ranges::find(graph.inner_values, "model.layers.1.resid_mid", &graph::InnerValue::path);
  ASSERT_NE(middle, graph.inner_values.end());
  EXPECT_EQ(middle->value, module_at(graph, "model.layers.1.pre_feedforward_layernorm").input);
  EXPECT_EQ(graph.hidden_states.back(), module_at(graph, "model.norm").output);
}

TEST(Gemma2Test, WhatIsNotBuiltIsRefused) {
  EXPECT_THAT(refusal_of(gemma2_2b(), "use_bidirectional_attention", true).what(),
              HasSubstr("expected false"));
  EXPECT_THAT(refusal_of(gemma2_2b(), "sliding_window", nullptr).what(), HasSubstr("got null"));
  refusal_of(gemma2_2b(), "attn_logit_softcapping", 0);
  refusal_of(gemma2_2b(), "final_logit_softcapping", -30.0);
  refusal_of(gemma2_2b(), "query_pre_attn_scalar", 0);
  refusal_of(gemma2_2b(), "layer_types", {"full_attention"});
}

}  // namespace
}  // namespace sonde::models
