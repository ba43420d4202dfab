// Document 0: sizes, seeds and hyper-parameters of the published edition, and what the corrected one changes.
#include "recipe_cases.h"

namespace sonde::study {
namespace {

TEST(TruthDirection, FollowsTheDocument) {
  const auto study = resolved("truth-direction", Edition::published);
  EXPECT_EQ(study["data"]["templates"][0], "The following review expresses a negative sentiment:\n{text}");
  EXPECT_EQ(study["sample"]["normals_before"], 3300);
  EXPECT_EQ(study["sample"]["count"], 100);
  EXPECT_EQ(study["split"]["test"], 0.25);
  EXPECT_EQ(study["capture"]["at"], nlohmann::json({"hidden[-1]"}));
  EXPECT_EQ(study["capture"]["tokens"], "last");
  const auto& ccs = study["probes"][1];
  EXPECT_EQ(ccs["kind"], "ccs");
  EXPECT_EQ(ccs["restarts"], 10);
  EXPECT_EQ(ccs["epochs"], 1000);
  EXPECT_EQ(ccs["weight_decay"], 0.01);
  EXPECT_EQ(ccs["sign"], "flattering");
  EXPECT_EQ(ccs["center"], "own");
}

TEST(TruthDirection, IsCorrectedWithoutTestLabels) {
  const auto study = resolved("truth-direction", Edition::corrected);
  EXPECT_EQ(study["probes"][1]["sign"], "train");
  EXPECT_EQ(study["probes"][1]["center"], "train");
  EXPECT_NE(study["sample"]["method"], "replacement");
}

}  // namespace
}  // namespace sonde::study
