// OPT from its config alone: published counts, states, and configs that do not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

// facebook/opt-125m
nlohmann::json opt_125m() {
  return {{"model_type", "opt"},         {"architectures", {"OPTForCausalLM"}}, {"hidden_size", 768},
          {"num_hidden_layers", 12},     {"num_attention_heads", 12},           {"ffn_dim", 3072},
          {"vocab_size", 50272},         {"max_position_embeddings", 2048},     {"word_embed_proj_dim", 768},
          {"do_layer_norm_before", true}};
}

// facebook/opt-350m
nlohmann::json opt_350m() {
  nlohmann::json config = opt_125m();
  config.update({{"hidden_size", 1024},
                 {"num_hidden_layers", 24},
                 {"num_attention_heads", 16},
                 {"ffn_dim", 4096},
                 {"word_embed_proj_dim", 512},
                 {"do_layer_norm_before", false}});
  return config;
}

TEST(OptTest, PublishedParameterCounts) {
  EXPECT_EQ(count_parameters(graph_of(opt_125m())), 125239296);
  EXPECT_EQ(count_parameters(graph_of(opt_350m())), 331196416);
}

TEST(OptTest, TheLastStateOf350mIsProjectedToTheWidthOfWords) {
  const graph::Graph graph = graph_of(opt_350m());
  ASSERT_EQ(graph.hidden_states.size(), 25u);
  EXPECT_EQ(graph.value(graph.hidden_states.front()).width, 1024);
  EXPECT_EQ(graph.value(graph.hidden_states.back()).width, 512);
  EXPECT_EQ(graph.hidden_states.back(), module_at(graph, "model.decoder.project_out").output);
}

TEST(OptTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(opt_125m(), "num_attention_heads", 7).what(), HasSubstr("a divisor of hidden_size"));
  refusal_of(opt_125m(), "layer_norm_elementwise_affine", false);
}

}  // namespace
}  // namespace sonde::models
