// Document 1: sizes, seeds and hyper-parameters of the published edition, and what the corrected one changes.
#include "recipe_cases.h"

namespace sonde::study {
namespace {

TEST(LayerSentiment, FollowsTheDocument) {
  const auto study = resolved("layer-sentiment", Edition::published);
  EXPECT_EQ(study["sample"]["stream"], "datasets");
  EXPECT_EQ(study["sample"]["seed"], 42);
  for (const char* part : {"train", "valid", "test"}) EXPECT_EQ(study["sample"][part], 50);
  EXPECT_EQ(study["capture"]["at"], nlohmann::json({"hidden[0:12]"}));
  EXPECT_EQ(study["capture"]["tokens"], "mean_padded:512");
  const auto& mlp = study["probes"][0];
  EXPECT_EQ(mlp["hidden"], "768");
  EXPECT_EQ(mlp["head"], "sigmoid");
  EXPECT_EQ(mlp["epochs"], 5);
  EXPECT_EQ(mlp["batch"], 32);
  EXPECT_EQ(mlp["lr"], 0.001);
  EXPECT_EQ(mlp["shuffle"], false);
}

TEST(LayerSentiment, IsCorrectedInPoolingHeadAndStates) {
  const auto study = resolved("layer-sentiment", Edition::corrected);
  EXPECT_EQ(study["capture"]["at"], nlohmann::json({"hidden[*]"}));
  EXPECT_EQ(study["capture"]["tokens"], "mean");
  EXPECT_EQ(study["probes"][0]["head"], "softmax");
}

}  // namespace
}  // namespace sonde::study
