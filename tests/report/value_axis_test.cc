#include "sonde/report/value_axis.h"

#include <gtest/gtest.h>

namespace sonde::report {
namespace {

TEST(ValueAxis, HasRoomAtBothEndsAndRoundTicks) {
  const Axis axis = value_axis("weight", -10, 90);
  EXPECT_DOUBLE_EQ(axis.low, -14);
  EXPECT_DOUBLE_EQ(axis.high, 94);
  ASSERT_EQ(axis.ticks.size(), 5u);  // 0, 20, …, 80
  EXPECT_EQ(axis.ticks[1].label, "20");
  const Axis flat = value_axis("weight", 3, 3);  // one value still has a place
  EXPECT_LT(flat.low, 3);
  EXPECT_GT(flat.high, 3);
}

TEST(ValueAxis, NamesDecades) {
  const Axis axis = decade_axis("1/C", -2, 1.3);
  ASSERT_EQ(axis.ticks.size(), 4u);
  EXPECT_EQ(axis.ticks[0].at, -2);
  EXPECT_EQ(axis.ticks[0].label, "0.01");
  EXPECT_EQ(axis.ticks[3].label, "10");
}

TEST(ValueAxis, OfAMetricHoldsItsIntervals) {
  std::vector<Series> series(2);
  series[0].data = {{.x = 0, .y = 70}, {.x = 1, .y = 74}};
  series[1].data = {{.x = 0, .y = 66, .y2 = 78}};
  const Axis axis = metric_axis(metric_style("accuracy"), series);
  EXPECT_EQ(axis.label, "Accuracy on test, %");
  EXPECT_NEAR(axis.low, 66 - 0.08 * 12, 1e-9);
  EXPECT_NEAR(axis.high, 78 + 0.08 * 12, 1e-9);
  EXPECT_EQ(axis.ticks.front().label, "70");
}

}  // namespace
}  // namespace sonde::report
