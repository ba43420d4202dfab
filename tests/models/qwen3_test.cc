// Qwen3 from its config alone: the published count, its norms on heads, biases and windows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Qwen/Qwen3-0.6B
nlohmann::json qwen3_half_billion() {
  return {{"model_type", "qwen3"},
          {"architectures", {"Qwen3ForCausalLM"}},
          {"attention_bias", false},
          {"head_dim", 128},
          {"hidden_size", 1024},
          {"num_hidden_layers", 28},
          {"num_attention_heads", 16},
          {"num_key_value_heads", 8},
          {"intermediate_size", 3072},
          {"vocab_size", 151936},
          {"max_position_embeddings", 40960},
          {"max_window_layers", 28},
          {"rms_norm_eps", 1e-6},
          {"rope_scaling", nullptr},
          {"rope_theta", 1000000},
          {"sliding_window", nullptr},
          {"tie_word_embeddings", true},
          {"use_sliding_window", false}};
}

TEST(Qwen3Test, TheSmallestHasItsPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(qwen3_half_billion())), 596049920);
}

TEST(Qwen3Test, HeadsAreWiderThanTheWidthOverTheirNumberAndHaveOneNormForAll) {
  const graph::Graph graph = graph_of(qwen3_half_billion());
  ASSERT_EQ(graph.hidden_states.size(), 29u);
  for (const graph::ValueId state : graph.hidden_states) EXPECT_EQ(graph.value(state).width, 1024);
  const auto& query = module_at(graph, "model.layers.3.self_attn.q_norm");
  const auto& key = module_at(graph, "model.layers.3.self_attn.k_norm");
  EXPECT_EQ(graph.value(query.output).width, 2048);
  EXPECT_EQ(graph.value(key.output).width, 1024);
  EXPECT_THAT(graph.parameter(query.parameters[0]).shape, ElementsAre(128));
  EXPECT_THAT(graph.parameter(key.parameters[0]).shape, ElementsAre(128));
}

TEST(Qwen3Test, BiasesStandOnAllFourProjectionsOrOnNone) {
  nlohmann::json config = qwen3_half_billion();
  for (const bool biased : {false, true}) {
    config["attention_bias"] = biased;
    const graph::Graph graph = graph_of(config);
    for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
      const auto& module = module_at(graph, std::string("model.layers.3.self_attn.") + name);
      EXPECT_EQ(module.parameters.size(), biased ? 2u : 1u) << name;
    }
  }
}

TEST(Qwen3Test, WindowsStandWhereTheConfigAsksForThem) {
  EXPECT_THAT(attention_windows(graph_of(qwen3_half_billion())), Each(0));
  nlohmann::json config = qwen3_half_billion();
  config.update({{"num_hidden_layers", 3},
                 {"use_sliding_window", true},
                 {"sliding_window", 9},
                 {"max_window_layers", 1}});
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(0, 9, 9));
  config["layer_types"] = {"sliding_attention", "full_attention", "full_attention"};
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(9, 0, 0));
}

TEST(Qwen3Test, DefaultsAreThoseOfTransformers) {
  nlohmann::json config = qwen3_half_billion();
  config.erase("head_dim");
  config.erase("num_key_value_heads");
  config["num_attention_heads"] = 32;
  const graph::Graph graph = graph_of(config);
  EXPECT_EQ(graph.value(module_at(graph, "model.layers.0.self_attn.k_proj").output).width, 32 * 128);
}

TEST(Qwen3Test, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(qwen3_half_billion(), "num_key_value_heads", 5).what(),
              HasSubstr("a divisor of num_attention_heads"));
  EXPECT_THAT(refusal_of(qwen3_half_billion(), "head_dim", 127).what(), HasSubstr("an even number"));
  EXPECT_THAT(
      refusal_of(qwen3_half_billion(), "rope_scaling", {{"rope_type", "dynamic"}, {"factor", 4.0}}).what(),
      HasSubstr("got dynamic"));
  refusal_of(qwen3_half_billion(), "attention_bias", "no");
}

}  // namespace
}  // namespace sonde::models
