#include "sonde/study/contrast_reads.h"

#include <gmock/gmock.h>

#include "../fitting/prompt_rows.h"
#include "sonde/fitting/prompts.h"

namespace sonde::study {
namespace {

using testing::ElementsAre;

TEST(ContrastReads, AddsASetForEachWayThatAProbeReads) {
  const Matrix rows = fitting::prompt_rows(), plain(3, 5);
  const MatrixView sets = fitting::side_by_side(rows.view(), 2);
  const std::vector<FeatureSet> raw = {{"a", "a", sets, 2}, {"b", "b", plain.view()}};
  const ProbeChoice probes[] = {{"ccs"},
                                {"logistic", nlohmann::json::object(), "difference"},
                                {"mlp", nlohmann::json::object(), "difference"},
                                {"logistic", nlohmann::json::object(), "concatenation"}};
  const ContrastReads reads(raw, probes);
  ASSERT_EQ(reads.sets().size(), 4u);
  EXPECT_EQ(reads.sets()[0].prompts, 2);
  EXPECT_EQ(reads.sets()[2].at, "a");
  EXPECT_EQ(reads.sets()[2].read, "difference");
  EXPECT_EQ(reads.sets()[2].prompts, 1);
  EXPECT_THAT(reads.sets()[2].values.row(0), ElementsAre(0 - 4, 1 - 9));
  EXPECT_EQ(reads.sets()[3].read, "concatenation");
  EXPECT_THAT(reads.sets()[3].values.row(0), ElementsAre(0, 1, 4, 9));
}

}  // namespace
}  // namespace sonde::study
