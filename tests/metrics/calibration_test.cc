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
  const auto bins = calibration_bins({2, truth, predicted, scores.view()}, 1, 4);
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

}  // namespace
}  // namespace sonde::metrics
