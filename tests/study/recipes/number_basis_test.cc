// Document 2: sizes, seeds and hyper-parameters of the published edition, and what the corrected one changes.
#include "recipe_cases.h"

namespace sonde::study {
namespace {

TEST(NumberBasis, FollowsTheDocument) {
  const auto study = resolved("number-basis", Edition::published);
  EXPECT_EQ(study["numbers"]["sum_below"], 1000);
  EXPECT_EQ(study["split"]["method"], "values");
  EXPECT_EQ(study["split"]["stream"], "torch");
  EXPECT_EQ(study["sample"]["train"], 100000);
  EXPECT_EQ(study["sample"]["valid"], 4096);
  const auto& sinusoid = study["probes"][0];
  EXPECT_EQ(sinusoid["latent"], 100);
  EXPECT_EQ(sinusoid["l1"], 0.001);
  EXPECT_EQ(sinusoid["lr"], 0.001);
  EXPECT_EQ(sinusoid["batch"], 1024);
  EXPECT_EQ(sinusoid["steps"], 10001);
  EXPECT_EQ(sinusoid["range"], "0:1000");
  EXPECT_EQ(sinusoid["keep"], "last");
  EXPECT_EQ(study["probes"][1]["basis"], "binary");
  EXPECT_EQ(study["probes"][3]["target"], "log1p_plus_one");
}

TEST(NumberBasis, IsCorrectedInSnapshotAndInverse) {
  const auto study = resolved("number-basis", Edition::corrected);
  EXPECT_EQ(study["probes"][0]["keep"], "best");
  EXPECT_EQ(study["probes"][3]["target"], "log1p");
}

}  // namespace
}  // namespace sonde::study
