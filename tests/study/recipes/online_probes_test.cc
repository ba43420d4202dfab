// Document 3: sizes, seeds and hyper-parameters of the published edition, and what the corrected one changes.
#include "recipe_cases.h"

namespace sonde::study {
namespace {

TEST(OnlineProbes, FollowsTheDocument) {
  const auto study = resolved("online-probes", Edition::published);
  EXPECT_EQ(study["sample"]["count"], 1000);
  EXPECT_EQ(study["sample"]["stream"], "pandas");
  EXPECT_EQ(study["capture"]["pad"], "left:1024");
  EXPECT_EQ(study["capture"]["attend_pads"], true);
  EXPECT_EQ(study["split"]["method"], "resubstitution");
  const auto &single = study["probes"][0], &parallel = study["probes"][1];
  EXPECT_EQ(single["batch"], 8);
  EXPECT_EQ(single["held"], 0.1);
  EXPECT_EQ(single["patience"], 5);
  EXPECT_EQ(single["warmup"], 10);
  EXPECT_EQ(single["alpha"], 1e-4);
  EXPECT_EQ(parallel["held"], 0.5);
  EXPECT_EQ(parallel["patience"], 10);
  EXPECT_EQ(parallel["warmup"], 25);
}

TEST(OnlineProbes, IsCorrectedInSplitAndPads) {
  const auto study = resolved("online-probes", Edition::corrected);
  EXPECT_EQ(study["split"]["method"], "stratified");
  EXPECT_EQ(study["capture"]["pad"], "");
}

}  // namespace
}  // namespace sonde::study
