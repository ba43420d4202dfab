#include "sonde/metrics/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sonde::metrics {
namespace {

TEST(Calibration, BinsByHand) {
  const std::vector<std::int32_t> truth{1, 0, 1, 1, 0}, predicted(5);
  Matrix scores(5, 2);
  const float second[] = {0.0f, 0.125f, 0.75f, 1.0f, 0.875f};
  for (int i = 0; i < 5; ++i) scores.row(i)[1] = second[i];
  const auto bins = calibration_bins({2, truth, predicted, scores.view()}, 4);
  ASSERT_EQ(bins.size(), 4u);
  EXPECT_EQ(bins[0].rows, 2);
  EXPECT_DOUBLE_EQ(bins[0].mean_probability, 0.0625);
  EXPECT_DOUBLE_EQ(bins[0].observed, 0.5);
  EXPECT_EQ(bins[1].rows, 0);
  EXPECT_TRUE(std::isnan(bins[1].observed));
  EXPECT_EQ(bins[3].rows, 3);
  EXPECT_DOUBLE_EQ(bins[3].mean_probability, 2.625 / 3);
  EXPECT_DOUBLE_EQ(bins[3].observed, 2.0 / 3);
  EXPECT_DOUBLE_EQ(bins[3].low, 0.75);
}

// With more than two classes the probability of the predicted one is followed, and it comes true when right.
TEST(Calibration, FollowsThePredictedClassOfMany) {
  const std::vector<std::int32_t> truth{2, 0, 1}, predicted{2, 1, 1};
  Matrix scores(3, 3);
  const float rows[3][3] = {{0.125f, 0.25f, 0.625f}, {0.25f, 0.75f, 0.0f}, {0.0f, 1.0f, 0.0f}};
  for (int i = 0; i < 3; ++i) std::copy_n(rows[i], 3, scores.row(i).begin());
  const auto bins = calibration_bins({3, truth, predicted, scores.view()}, 2);
  EXPECT_EQ(bins[0].rows, 0);
  EXPECT_EQ(bins[1].rows, 3);
  EXPECT_DOUBLE_EQ(bins[1].mean_probability, (0.625 + 0.75 + 1.0) / 3);
  EXPECT_DOUBLE_EQ(bins[1].observed, 2.0 / 3);
}

}  // namespace
}  // namespace sonde::metrics
