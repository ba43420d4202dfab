// XLM-RoBERTa from its config alone: published counts and where its positions start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

// FacebookAI/xlm-roberta-base
nlohmann::json xlm_roberta_base() {
  return {{"model_type", "xlm-roberta"},
          {"architectures", {"XLMRobertaForMaskedLM"}},
          {"hidden_size", 768},
          {"num_hidden_layers", 12},
          {"num_attention_heads", 12},
          {"intermediate_size", 3072},
          {"vocab_size", 250002},
          {"max_position_embeddings", 514},
          {"type_vocab_size", 1},
          {"layer_norm_eps", 1e-5},
          {"pad_token_id", 1}};
}

TEST(XlmRobertaTest, BaseHasItsPublishedParameterCounts) {
  nlohmann::json config = xlm_roberta_base();
  EXPECT_EQ(count_parameters(graph_of(config)), 278295186);
  config["architectures"] = {"XLMRobertaModel"};
  EXPECT_EQ(count_parameters(graph_of(config)), 278043648);
}

TEST(XlmRobertaTest, PositionsStartBehindThePaddingToken) {
  EXPECT_EQ(graph_of(xlm_roberta_base()).positions, 512);
  refusal_of(xlm_roberta_base(), "pad_token_id", 513);
}

}  // namespace
}  // namespace sonde::models
