// Qwen2 from its config alone: the published count, its biases and which layers have a window.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Qwen/Qwen2-0.5B
nlohmann::json qwen2_half_billion() {
  return {{"model_type", "qwen2"},       {"architectures", {"Qwen2ForCausalLM"}},
          {"hidden_size", 896},          {"num_hidden_layers", 24},
          {"num_attention_heads", 14},   {"num_key_value_heads", 2},
          {"intermediate_size", 4864},   {"vocab_size", 151936},
          {"rope_theta", 1000000.0},     {"max_position_embeddings", 131072},
          {"tie_word_embeddings", true}, {"use_sliding_window", false},
          {"sliding_window", 131072},    {"max_window_layers", 24}};
}

nlohmann::json four_layers_with_windows() {
  nlohmann::json config = qwen2_half_billion();
  config.update({{"num_hidden_layers", 4}, {"use_sliding_window", true}, {"sliding_window", 9}});
  return config;
}

TEST(Qwen2Test, HalfABillionHasItsPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(qwen2_half_billion())), 494032768);
}

TEST(Qwen2Test, QueryKeyAndValueHaveBiasesAndTheOutputHasNone) {
  const graph::Graph graph = graph_of(qwen2_half_billion());
  for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
    const auto& module = module_at(graph, std::string("model.layers.3.self_attn.") + name);
    EXPECT_EQ(module.parameters.size(), name == std::string("o_proj") ? 1u : 2u) << name;
  }
}

TEST(Qwen2Test, WindowsStandOnTheLaterLayersAndOnlyWhereAskedFor) {
  EXPECT_THAT(attention_windows(graph_of(qwen2_half_billion())), Each(0));
  nlohmann::json config = four_layers_with_windows();
  config["max_window_layers"] = 2;
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(0, 0, 9, 9));
  config["max_window_layers"] = 0;
  EXPECT_THAT(attention_windows(graph_of(config)), Each(9));
  config["layer_types"] = {"sliding_attention", "full_attention", "full_attention", "sliding_attention"};
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(9, 0, 0, 9));
}

TEST(Qwen2Test, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(four_layers_with_windows(), "layer_types", {"full_attention"}).what(),
              HasSubstr("one for each layer"));
  refusal_of(four_layers_with_windows(), "layer_types", "full_attention");
  EXPECT_THAT(refusal_of(four_layers_with_windows(), "layer_types",
                         {"full_attention", "linear_attention", "full_attention", "full_attention"})
                  .what(),
              HasSubstr("'linear_attention'"));
  refusal_of(four_layers_with_windows(), "max_window_layers", -1);
}

}  // namespace
}  // namespace sonde::models
