// GPT-NeoX from its config alone: the counts that Pythia publishes, the two residuals, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

// EleutherAI/pythia-160m
nlohmann::json pythia_160m() {
  return {{"model_type", "gpt_neox"},
          {"architectures", {"GPTNeoXForCausalLM"}},
          {"hidden_act", "gelu"},
          {"hidden_size", 768},
          {"num_hidden_layers", 12},
          {"num_attention_heads", 12},
          {"intermediate_size", 3072},
          {"vocab_size", 50304},
          {"max_position_embeddings", 2048},
          {"layer_norm_eps", 1e-5},
          {"rotary_emb_base", 10000},
          {"rotary_pct", 0.25},
          {"tie_word_embeddings", false},
          {"use_parallel_residual", true}};
}

const graph::Rotate& first_rotation(const graph::Graph& graph) {
  for (const graph::Node& node : graph.nodes) {
    if (const auto* rotate = std::get_if<graph::Rotate>(&node.operation)) return *rotate;
  }
  throw std::out_of_range("no rotation");
}

bool has_inner(const graph::Graph& graph, const std::string& path) {
  return std::ranges::find(graph.inner_values, path, &graph::InnerValue::path) != graph.inner_values.end();
}

TEST(GptNeoxTest, PythiasHaveTheirPublishedParameterCounts) {
  nlohmann::json config = pythia_160m();
  EXPECT_EQ(count_parameters(graph_of(config)), 162322944);
  config.update({{"hidden_size", 512},
                 {"num_hidden_layers", 6},
                 {"num_attention_heads", 8},
                 {"intermediate_size", 2048}});
  EXPECT_EQ(count_parameters(graph_of(config)), 70426624);
}

TEST(GptNeoxTest, AQuarterOfAHeadTurnsUnlessSaid) {
  EXPECT_EQ(first_rotation(graph_of(pythia_160m())).frequencies.size(), 8u);
  EXPECT_EQ(first_rotation(graph_of(pythia_160m())).head_width, 64);
  nlohmann::json config = pythia_160m();
  config.erase("rotary_pct");
  EXPECT_EQ(first_rotation(graph_of(config)).frequencies.size(), 8u);
  config["rope_parameters"] = {
      {"rope_type", "default"}, {"rope_theta", 100.0}, {"partial_rotary_factor", 0.5}};
  const graph::Graph graph = graph_of(config);
  ASSERT_EQ(first_rotation(graph).frequencies.size(), 16u);
  EXPECT_FLOAT_EQ(first_rotation(graph).frequencies[8], 0.1f);
}

TEST(GptNeoxTest, OnlyASequentialResidualHasAMiddle) {
  nlohmann::json config = pythia_160m();
  EXPECT_FALSE(has_inner(graph_of(config), "gpt_neox.layers.0.resid_mid"));
  const graph::Graph parallel = graph_of(config);
  EXPECT_EQ(module_at(parallel, "gpt_neox.layers.2.post_attention_layernorm").input,
            module_at(parallel, "gpt_neox.layers.2.input_layernorm").input);
  config["use_parallel_residual"] = false;
  EXPECT_TRUE(has_inner(graph_of(config), "gpt_neox.layers.0.resid_mid"));
}

TEST(GptNeoxTest, TheHeadIsStoredUnderItsOldNameOrTied) {
  const auto head = [](const nlohmann::json& config) {
    const graph::Graph graph = graph_of(config);
    return graph.parameter(module_at(graph, "lm_head").parameters[0]).tied_to;
  };
  nlohmann::json config = pythia_160m();
  EXPECT_EQ(head(config), "embed_out.weight");
  config["tie_word_embeddings"] = true;
  EXPECT_EQ(head(config), "gpt_neox.embed_in.weight");
}

TEST(GptNeoxTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(pythia_160m(), "num_attention_heads", 7).what(),
              HasSubstr("a divisor of hidden_size 768"));
  EXPECT_THAT(refusal_of(pythia_160m(), "rotary_pct", 0.01).what(), HasSubstr("partial_rotary_factor"));
  refusal_of(pythia_160m(), "rotary_pct", 1.5);
  refusal_of(pythia_160m(), "rotary_emb_base", 0);
  refusal_of(pythia_160m(), "use_parallel_residual", "yes");
}

}  // namespace
}  // namespace sonde::models
