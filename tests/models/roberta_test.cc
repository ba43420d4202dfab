// RoBERTa from its config alone: published counts and where its positions start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

// FacebookAI/roberta-base
nlohmann::json roberta_base() {
  return {{"model_type", "roberta"},   {"architectures", {"RobertaForMaskedLM"}},
          {"hidden_size", 768},        {"num_hidden_layers", 12},
          {"num_attention_heads", 12}, {"intermediate_size", 3072},
          {"vocab_size", 50265},       {"max_position_embeddings", 514},
          {"type_vocab_size", 1},      {"layer_norm_eps", 1e-5},
          {"pad_token_id", 1}};
}

TEST(RobertaTest, BaseHasItsPublishedParameterCounts) {
  nlohmann::json config = roberta_base();
  EXPECT_EQ(count_parameters(graph_of(config)), 124697433);
  config["architectures"] = {"RobertaModel"};
  EXPECT_EQ(count_parameters(graph_of(config)), 124645632);
}

TEST(RobertaTest, PositionsStartBehindThePaddingToken) {
  EXPECT_EQ(graph_of(roberta_base()).positions, 512);
  nlohmann::json config = roberta_base();
  config["pad_token_id"] = 0;
  EXPECT_EQ(graph_of(config).positions, 513);
}

TEST(RobertaTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(roberta_base(), "pad_token_id", 513).what(),
              HasSubstr("more than pad_token_id + 1"));
  EXPECT_THAT(refusal_of(roberta_base(), "num_attention_heads", 7).what(),
              HasSubstr("a divisor of hidden_size"));
  refusal_of(roberta_base(), "pad_token_id", -1);
}

}  // namespace
}  // namespace sonde::models
