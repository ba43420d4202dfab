// The learning curve: points by the logarithm of the rows, in the units of the metric; nothing for one point.
#include <cmath>

#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(LearningCurveFigure, DrawsEveryPointAtItsRows) {
  const result::Result r = honest_result();
  const Figure figure = *draw_figure("learning_curve", Reading(r));
  ASSERT_EQ(figure.series.size(), 3u);
  const std::vector<Datum>& line = figure.series[1].data;
  ASSERT_EQ(line.size(), 3u);
  EXPECT_DOUBLE_EQ(line[0].x, std::log10(741.0));
  EXPECT_DOUBLE_EQ(line[0].y, 70.1);
  EXPECT_DOUBLE_EQ(figure.series[0].data[0].y2, 71.0);
  EXPECT_DOUBLE_EQ(line[2].y, 78.3);
  ASSERT_EQ(figure.x.ticks.size(), 3u);
  EXPECT_EQ(figure.x.ticks[1].label, "3,707");
}

TEST(LearningCurveFigure, IsAbsentForOnePointOrNone) {
  result::Result r = honest_result();
  r.honesty.controls[3].points.resize(1);
  EXPECT_FALSE(draw_figure("learning_curve", Reading(r)).has_value());
  EXPECT_FALSE(draw_figure("learning_curve", Reading(recorded_result())).has_value());
}

}  // namespace
}  // namespace sonde::report
