#include "sonde/metrics/mistakes.h"

#include <gtest/gtest.h>

namespace sonde::metrics {
namespace {

TEST(Mistakes, ListsTheSurestFirstAndEqualOnesByRow) {
  const std::vector<std::int32_t> truth{0, 1, 1, 0, 1}, predicted{1, 1, 0, 1, 0};
  Matrix scores(5, 2);
  const float second[] = {0.6f, 0.9f, 0.1f, 0.75f, 0.25f};
  for (int i = 0; i < 5; ++i) {
    scores.row(i)[1] = second[i];
    scores.row(i)[0] = 1 - second[i];
  }
  const auto mistakes = worst_mistakes({2, truth, predicted, scores.view()}, 3);
  ASSERT_EQ(mistakes.size(), 3u);
  EXPECT_EQ(mistakes[0].row, 2);
  EXPECT_NEAR(mistakes[0].probability, 0.9, 1e-7);
  EXPECT_EQ(mistakes[1].row, 3);
  EXPECT_EQ(mistakes[2].row, 4);
  EXPECT_EQ(mistakes[2].predicted, 0);
  EXPECT_EQ(mistakes[2].truth, 1);
}

TEST(Mistakes, IsEmptyWhenAllIsRight) {
  const std::vector<std::int32_t> truth{0, 1};
  EXPECT_TRUE(worst_mistakes({2, truth, truth, {}}, 3).empty());
}

}  // namespace
}  // namespace sonde::metrics
