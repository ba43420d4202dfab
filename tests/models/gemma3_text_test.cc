// Gemma 3 from its config alone: published counts, windows with a rotation of their own, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// google/gemma-3-1b-pt
nlohmann::json gemma3_1b() {
  return {{"model_type", "gemma3_text"},
          {"architectures", {"Gemma3ForCausalLM"}},
          {"attention_bias", false},
          {"attn_logit_softcapping", nullptr},
          {"final_logit_softcapping", nullptr},
          {"head_dim", 256},
          {"hidden_activation", "gelu_pytorch_tanh"},
          {"hidden_size", 1152},
          {"intermediate_size", 6912},
          {"max_position_embeddings", 32768},
          {"num_attention_heads", 4},
          {"num_hidden_layers", 26},
          {"num_key_value_heads", 1},
          {"query_pre_attn_scalar", 256},
          {"rms_norm_eps", 1e-6},
          {"rope_local_base_freq", 10000},
          {"rope_scaling", nullptr},
          {"rope_theta", 1000000},
          {"sliding_window", 512},
          {"sliding_window_pattern", 6},
          {"vocab_size", 262144}};
}

// The second frequency of each layer's query, which tells theta and scaling apart.
std::vector<float> second_frequencies(const graph::Graph& graph) {
  std::vector<float> frequencies;
  for (const graph::Node& node : graph.nodes) {
    const auto* rotate = std::get_if<graph::Rotate>(&node.operation);
    if (rotate != nullptr) frequencies.push_back(rotate->frequencies[1]);
  }
  return frequencies;
}

float second(double theta, double factor = 1.0) {
  return static_cast<float>(std::pow(theta, -2.0 / 256) / factor);
}

nlohmann::json two_layers() {
  nlohmann::json config = gemma3_1b();
  config["num_hidden_layers"] = 2;
  config["layer_types"] = {"sliding_attention", "full_attention"};
  return config;
}

void expect_local_and_global(const nlohmann::json& config, float local, float global) {
  const std::vector<float> got = second_frequencies(graph_of(config));
  ASSERT_EQ(got.size(), 4u);  // of query and key
  EXPECT_FLOAT_EQ(got[0], local);
  EXPECT_FLOAT_EQ(got[1], local);
  EXPECT_FLOAT_EQ(got[2], global);
  EXPECT_FLOAT_EQ(got[3], global);
}

TEST(Gemma3TextTest, TheSmallOnesHaveTheirPublishedParameterCounts) {
  EXPECT_EQ(count_parameters(graph_of(gemma3_1b())), 999885952);
  nlohmann::json config = gemma3_1b();
  config.update({{"hidden_size", 640}, {"intermediate_size", 2048}, {"num_hidden_layers", 18}});
  EXPECT_EQ(count_parameters(graph_of(config)), 268098176);
}

TEST(Gemma3TextTest, EverySixthLayerSeesEverythingUnlessSaid) {
  const std::vector<std::int64_t> windows = attention_windows(graph_of(gemma3_1b()));
  for (std::size_t i = 0; i < windows.size(); ++i) EXPECT_EQ(windows[i], i % 6 == 5 ? 0 : 512) << i;
  EXPECT_THAT(attention_windows(graph_of(two_layers())), ElementsAre(512, 0));
}

TEST(Gemma3TextTest, LayersWithAWindowTurnByAThetaOfTheirOwn) {
  expect_local_and_global(two_layers(), second(1e4), second(1e6));
  nlohmann::json config = two_layers();
  config.erase("rope_theta");
  config.erase("rope_local_base_freq");
  expect_local_and_global(config, second(1e4), second(1e6));
  config["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 8.0}};
  config["rope_local_base_freq"] = 5000;
  expect_local_and_global(config, second(5e3), second(1e6, 8));
}

TEST(Gemma3TextTest, NewerConfigsHoldAnObjectForEitherKindOfLayer) {
  nlohmann::json config = two_layers();
  config["rope_parameters"] = {
      {"full_attention", {{"rope_type", "linear"}, {"factor", 4.0}, {"rope_theta", 2e6}}},
      {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 3e3}}}};
  expect_local_and_global(config, second(3e3), second(2e6, 4));
  config["rope_parameters"]["sliding_attention"] = nullptr;
  expect_local_and_global(config, second(1e4), second(2e6, 4));
}

TEST(Gemma3TextTest, WhatIsNotBuiltIsRefused) {
  EXPECT_THAT(refusal_of(gemma3_1b(), "use_bidirectional_attention", true).what(),
              HasSubstr("expected false"));
  EXPECT_THAT(refusal_of(gemma3_1b(), "attn_logit_softcapping", 50.0).what(), HasSubstr("expected null"));
  EXPECT_THAT(refusal_of(gemma3_1b(), "rope_scaling", {{"rope_type", "dynamic"}}).what(),
              HasSubstr("got dynamic"));
  refusal_of(gemma3_1b(), "sliding_window_pattern", 0);
  refusal_of(gemma3_1b(), "rope_local_base_freq", -1);
}

}  // namespace
}  // namespace sonde::models
