// CamemBERT from its config alone: published counts and where its positions start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

// almanach/camembert-base
nlohmann::json camembert_base() {
  return {{"model_type", "camembert"}, {"architectures", {"CamembertForMaskedLM"}},
          {"hidden_size", 768},        {"num_hidden_layers", 12},
          {"num_attention_heads", 12}, {"intermediate_size", 3072},
          {"vocab_size", 32005},       {"max_position_embeddings", 514},
          {"type_vocab_size", 1},      {"layer_norm_eps", 1e-5},
          {"pad_token_id", 1}};
}

TEST(CamembertTest, BaseHasItsPublishedParameterCounts) {
  nlohmann::json config = camembert_base();
  EXPECT_EQ(count_parameters(graph_of(config)), 110655493);
  config["architectures"] = {"CamembertModel"};
  EXPECT_EQ(count_parameters(graph_of(config)), 110621952);
}

TEST(CamembertTest, PositionsStartBehindThePaddingToken) {
  EXPECT_EQ(graph_of(camembert_base()).positions, 512);
  refusal_of(camembert_base(), "pad_token_id", 513);
}

}  // namespace
}  // namespace sonde::models
