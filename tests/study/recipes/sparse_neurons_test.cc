// Document 4: sizes, seeds and hyper-parameters of the published edition, and what the corrected one changes.
#include "recipe_cases.h"

namespace sonde::study {
namespace {

TEST(SparseNeurons, FollowsTheDocument) {
  const auto study = resolved("sparse-neurons", Edition::published);
  EXPECT_EQ(study["occurrences"]["targets"], nlohmann::json({" the", " an"}));
  EXPECT_EQ(study["occurrences"]["before"], 14);
  EXPECT_EQ(study["occurrences"]["after"], 2);
  EXPECT_EQ(study["occurrences"]["per_class"], 100);
  EXPECT_EQ(study["occurrences"]["choose"], "first");
  EXPECT_EQ(study["occurrences"]["documents"], "joined");
  EXPECT_EQ(study["split"]["test"], 0.3);
  const auto& saga = study["probes"][0];
  EXPECT_EQ(saga["solver"], "saga");
  EXPECT_EQ(saga["max_iter"], 1000);
  EXPECT_EQ(saga["c"], 10.0);
  EXPECT_EQ(saga["l1_ratio"], 1.0);
  EXPECT_EQ(saga["standardize"], false);
}

TEST(SparseNeurons, IsCorrectedInSolverAndWindows) {
  const auto study = resolved("sparse-neurons", Edition::corrected);
  EXPECT_EQ(study["occurrences"]["documents"], "apart");
  EXPECT_EQ(study["occurrences"]["choose"], "random");
  EXPECT_EQ(study["probes"][0]["solver"], "exact");
}

}  // namespace
}  // namespace sonde::study
