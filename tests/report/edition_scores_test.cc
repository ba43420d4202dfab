// The other edition's scores beside the results: of the same kind at the same address, in their order.
#include "sonde/report/edition_scores.h"

#include <gmock/gmock.h>

namespace sonde::report {
namespace {

using result::EditionScore;

// Two probes of a kind whose options differ between the editions, and one that the other edition lacks.
TEST(EditionScores, StandBesideTheSameProbe) {
  result::Result r;
  r.results = {{.at = "a", .probe = "basis", .variant = "basis=sinusoid"},
               {.at = "b", .probe = "basis", .variant = "basis=sinusoid"},
               {.at = "a", .probe = "least_squares", .variant = "target=identity"},
               {.at = "a", .probe = "least_squares", .variant = "target=log1p"},
               {.at = "a", .probe = "lda"}};
  r.recipe.other.scores = {{"a", "basis", "basis=sinusoid", {0.9}},
                           {"a", "least_squares", "target=identity", {0.1}},
                           {"a", "least_squares", "target=log1p_plus_one", {0.2}}};
  const std::vector<EditionScore>& scores = r.recipe.other.scores;
  EXPECT_THAT(scores_beside(r), testing::ElementsAre(&scores[0], nullptr, &scores[1], &scores[2], nullptr));
}

}  // namespace
}  // namespace sonde::report
