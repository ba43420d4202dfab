// Mistral from its config alone: the published count and its windows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::Each;

// mistralai/Mistral-7B-v0.1
nlohmann::json mistral_7b() {
  return {{"model_type", "mistral"},      {"architectures", {"MistralForCausalLM"}},
          {"hidden_size", 4096},          {"num_hidden_layers", 32},
          {"num_attention_heads", 32},    {"num_key_value_heads", 8},
          {"intermediate_size", 14336},   {"vocab_size", 32000},
          {"sliding_window", 4096},       {"max_position_embeddings", 32768},
          {"tie_word_embeddings", false}, {"rms_norm_eps", 1e-5}};
}

TEST(MistralTest, SevenBillionHasItsPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(mistral_7b())), 7241732096);
}

TEST(MistralTest, EveryLayerHasTheWindowNullMeansNoneAndNothing4096) {
  EXPECT_THAT(attention_windows(graph_of(mistral_7b())), Each(4096));
  nlohmann::json config = mistral_7b();
  config["sliding_window"] = nullptr;
  EXPECT_THAT(attention_windows(graph_of(config)), Each(0));
  config.erase("sliding_window");
  EXPECT_THAT(attention_windows(graph_of(config)), Each(4096));
  refusal_of(mistral_7b(), "sliding_window", 0);
}

TEST(MistralTest, DefaultsAreThoseOfTransformers) {
  nlohmann::json config = mistral_7b();
  config.erase("num_key_value_heads");
  config.erase("max_position_embeddings");
  const graph::Graph graph = graph_of(config);
  EXPECT_EQ(graph.value(module_at(graph, "model.layers.0.self_attn.k_proj").output).width, 8 * 128);
  EXPECT_EQ(graph.positions, 131072);
  config["num_key_value_heads"] = nullptr;
  const graph::Graph null_heads = graph_of(config);
  EXPECT_EQ(null_heads.value(module_at(null_heads, "model.layers.0.self_attn.k_proj").output).width, 4096);
}

}  // namespace
}  // namespace sonde::models
