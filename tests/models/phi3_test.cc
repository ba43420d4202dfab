// Phi-3 from its config alone: the published count, its window, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

// microsoft/Phi-3-mini-4k-instruct
nlohmann::json phi3_mini() {
  return {{"model_type", "phi3"},      {"architectures", {"Phi3ForCausalLM"}},
          {"hidden_size", 3072},       {"num_hidden_layers", 32},
          {"num_attention_heads", 32}, {"num_key_value_heads", 32},
          {"intermediate_size", 8192}, {"vocab_size", 32064},
          {"sliding_window", 2047},    {"max_position_embeddings", 4096}};
}

TEST(Phi3Test, MiniHasItsPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(phi3_mini())), 3821079552);
}

TEST(Phi3Test, EveryLayerHasTheWindowAndNullMeansNone) {
  EXPECT_THAT(attention_windows(graph_of(phi3_mini())), Each(2047));
  nlohmann::json config = phi3_mini();
  config["sliding_window"] = nullptr;
  EXPECT_THAT(attention_windows(graph_of(config)), Each(0));
}

// microsoft/Phi-4-mini-instruct, with short factors all 1 and long ones all 8.
nlohmann::json phi4_mini() {
  nlohmann::json config = phi3_mini();
  config.update({{"num_attention_heads", 24},
                 {"num_key_value_heads", 8},
                 {"vocab_size", 200064},
                 {"sliding_window", 262144},
                 {"max_position_embeddings", 131072},
                 {"original_max_position_embeddings", 4096},
                 {"partial_rotary_factor", 0.75},
                 {"tie_word_embeddings", true},
                 {"rope_scaling",
                  {{"type", "longrope"},
                   {"short_factor", std::vector<double>(48, 1.0)},
                   {"long_factor", std::vector<double>(48, 8.0)}}}});
  return config;
}

TEST(Phi3Test, Phi4MiniHasItsPublishedParameterCountAndTurnsThreeQuartersOfAHead) {
  EXPECT_EQ(count_parameters(graph_of(phi4_mini())), 3836021760);
  for (const char* type : {"longrope", "su", "yarn"}) {
    nlohmann::json config = phi4_mini();
    config["num_hidden_layers"] = 1;
    config["rope_scaling"]["type"] = type;
    const graph::Graph graph = graph_of(config);
    for (const graph::Node& node : graph.nodes) {
      const auto* rotate = std::get_if<graph::Rotate>(&node.operation);
      if (rotate == nullptr) continue;
      EXPECT_EQ(rotate->head_width, 128);
      ASSERT_EQ(rotate->frequencies.size(), 48u);
      EXPECT_FLOAT_EQ(rotate->long_frequencies[5], rotate->frequencies[5] / 8);
      EXPECT_EQ(rotate->short_tokens, 4096);
      EXPECT_FLOAT_EQ(rotate->scale, 1.1902381f);  // √(1 + ln 32 / ln 4096)
    }
  }
}

TEST(Phi3Test, DefaultsAreThoseOfTransformers) {
  const graph::Graph graph = graph_of(phi3_mini());
  for (const graph::Node& node : graph.nodes) {
    if (const auto* norm = std::get_if<graph::Normalize>(&node.operation)) EXPECT_FLOAT_EQ(norm->eps, 1e-5f);
  }
}

TEST(Phi3Test, WhatIsNotBuiltIsRefused) {
  refusal_of(phi3_mini(), "partial_rotary_factor", 1.5);
  refusal_of(phi3_mini(), "sliding_window", 0);
  EXPECT_THAT(refusal_of(phi3_mini(), "rope_scaling", {{"type", "longrope"}}).what(),
              HasSubstr("expected 48, one for each frequency"));
  EXPECT_THAT(refusal_of(phi3_mini(), "rope_scaling", {{"type", "linear"}, {"factor", 2.0}}).what(),
              HasSubstr("expected default or longrope"));
}

}  // namespace
}  // namespace sonde::models
