// Llama from its config alone: counts that are published, states, grouped heads, and configs that do not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

TEST(LlamaTest, Llama32OneBillionHasItsPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(llama_1b())), 1235814400);
}

TEST(LlamaTest, AnUntiedHeadCountsByItself) {
  nlohmann::json config = llama_1b();
  config["tie_word_embeddings"] = false;
  EXPECT_EQ(count_parameters(graph_of(config)), 1235814400 + 128256LL * 2048);
}

TEST(LlamaTest, SeventeenStatesOfWidth2048) {
  const graph::Graph graph = graph_of(llama_1b());
  ASSERT_EQ(graph.hidden_states.size(), 17u);
  for (const graph::ValueId state : graph.hidden_states) EXPECT_EQ(graph.value(state).width, 2048);
  EXPECT_EQ(graph.hidden_states[0], module_at(graph, "model.embed_tokens").output);
  EXPECT_EQ(graph.hidden_states.back(), module_at(graph, "model.norm").output);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(graph.hidden_states[i], module_at(graph, "model.layers." + std::to_string(i)).input);
  }
}

TEST(LlamaTest, KeysAndValuesHaveTheirOwnHeads) {
  const graph::Graph graph = graph_of(llama_1b());
  EXPECT_EQ(graph.value(module_at(graph, "model.layers.0.self_attn.q_proj").output).width, 2048);
  EXPECT_EQ(graph.value(module_at(graph, "model.layers.0.self_attn.k_proj").output).width, 512);
  EXPECT_EQ(graph.value(module_at(graph, "model.layers.0.self_attn.v_proj").output).width, 512);
}

TEST(LlamaTest, BiasesAreThereWhenTheConfigSaysSo) {
  nlohmann::json config = llama_1b();
  config["num_hidden_layers"] = 1;
  const std::int64_t plain = count_parameters(graph_of(config));
  config["attention_bias"] = true;
  EXPECT_EQ(count_parameters(graph_of(config)), plain + 2048 + 512 + 512 + 2048);
  config["mlp_bias"] = true;
  EXPECT_EQ(count_parameters(graph_of(config)), plain + 5120 + 8192 + 8192 + 2048);
}

TEST(LlamaTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(llama_1b(), "num_key_value_heads", 5).what(),
              HasSubstr("got 5, expected a divisor of num_attention_heads"));
  EXPECT_THAT(refusal_of(llama_1b(), "head_dim", 63).what(), HasSubstr("an even number"));
  EXPECT_THAT(refusal_of(llama_1b(), "rope_scaling", {{"rope_type", "dynamic"}}).what(),
              HasSubstr("got dynamic, expected default, linear, llama3, yarn or longrope"));
  EXPECT_THAT(refusal_of(llama_1b(), "hidden_act", "swiglu").what(), HasSubstr("'swiglu'"));
  refusal_of(llama_1b(), "rope_scaling", "llama3");
  refusal_of(llama_1b(), "attention_bias", 1);
  refusal_of(llama_1b(), "max_position_embeddings", 2147483648);
}

TEST(LlamaTest, WhatHasNoDefaultMustBeThere) {
  for (const char* key :
       {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"}) {
    EXPECT_THAT(refusal_of(llama_1b(), key, nullptr).what(), HasSubstr(std::string("'") + key + "'"));
  }
}

}  // namespace
}  // namespace sonde::models
