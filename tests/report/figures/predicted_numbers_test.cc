// Predicted against true: one point per pair, both axes around all of them; nothing for classes.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(PredictedNumbersFigure, PutsEveryPairWhereItIs) {
  result::Result r = recorded_result();
  r.task = "numbers";
  r.best.numbers.pairs = {{1, 1.5}, {4, 3}, {9, 12}};
  const Figure figure = *draw_figure("predicted_numbers", Reading(r));
  const Series& points = figure.series.back();
  ASSERT_EQ(points.data.size(), 3u);
  EXPECT_EQ(points.data[2].x, 9);
  EXPECT_EQ(points.data[2].y, 12);
  EXPECT_LT(figure.x.low, 1);
  EXPECT_GT(figure.x.high, 9);
  EXPECT_LT(figure.y.low, 1);
  EXPECT_GT(figure.y.high, 12);
  EXPECT_THAT(figure.description, testing::HasSubstr("true from 1 to 9, predicted from 1.5 to 12"));
}

TEST(PredictedNumbersFigure, IsAbsentForClasses) {
  EXPECT_FALSE(draw_figure("predicted_numbers", Reading(recorded_result())).has_value());
}

}  // namespace
}  // namespace sonde::report
