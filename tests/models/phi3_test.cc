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

TEST(Phi3Test, DefaultsAreThoseOfTransformers) {
  const graph::Graph graph = graph_of(phi3_mini());
  for (const graph::Node& node : graph.nodes) {
    if (const auto* norm = std::get_if<graph::Normalize>(&node.operation)) EXPECT_FLOAT_EQ(norm->eps, 1e-5f);
  }
}

TEST(Phi3Test, WhatIsNotBuiltIsRefused) {
  EXPECT_THAT(refusal_of(phi3_mini(), "partial_rotary_factor", 0.75).what(), HasSubstr("expected 1"));
  refusal_of(phi3_mini(), "sliding_window", 0);
  EXPECT_THAT(refusal_of(phi3_mini(), "rope_scaling", {{"type", "longrope"}}).what(),
              HasSubstr("got longrope"));
}

}  // namespace
}  // namespace sonde::models
