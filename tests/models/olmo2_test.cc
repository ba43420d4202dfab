// OLMo 2 from its config alone: published counts, and norms as wide as all heads together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

// allenai/OLMo-2-1124-7B
nlohmann::json olmo2_seven_billion() {
  return {{"model_type", "olmo2"},      {"architectures", {"Olmo2ForCausalLM"}},
          {"hidden_size", 4096},        {"num_hidden_layers", 32},
          {"num_attention_heads", 32},  {"num_key_value_heads", 32},
          {"intermediate_size", 11008}, {"vocab_size", 100352},
          {"rope_theta", 500000.0},     {"max_position_embeddings", 4096},
          {"rms_norm_eps", 1e-6}};
}

TEST(Olmo2Test, SevenBillionHasItsPublishedParameterCounts) {
  nlohmann::json config = olmo2_seven_billion();
  EXPECT_EQ(count_parameters(graph_of(config)), 7298617344);
  config["architectures"] = {"Olmo2Model"};
  EXPECT_EQ(count_parameters(graph_of(config)), 6887575552);
}

TEST(Olmo2Test, QueryAndKeyAreNormalisedWhole) {
  nlohmann::json config = olmo2_seven_billion();
  config["num_key_value_heads"] = 8;
  const graph::Graph graph = graph_of(config);
  const auto norm_width = [&](const char* name) {
    return graph.parameter(module_at(graph, name).parameters.front()).shape.front();
  };
  EXPECT_EQ(norm_width("model.layers.3.self_attn.q_norm"), 4096);
  EXPECT_EQ(norm_width("model.layers.3.self_attn.k_norm"), 1024);
}

TEST(Olmo2Test, ConfigsThatDoNotFitAreRefused) {
  refusal_of(olmo2_seven_billion(), "num_key_value_heads", 5);
  refusal_of(olmo2_seven_billion(), "num_hidden_layers", -1);
}

}  // namespace
}  // namespace sonde::models
