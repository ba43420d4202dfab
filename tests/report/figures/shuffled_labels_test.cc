// Shuffles as a histogram: every fit in a bin, the real result marked, absent without the control.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(ShuffledLabelsFigure, CountsEveryFitAndMarksTheRealOne) {
  const result::Result r = honest_result();
  const Figure figure = *draw_figure("shuffled_labels", Reading(r));
  ASSERT_EQ(figure.series.size(), 2u);
  double fits = 0;
  for (const Datum& bin : figure.series[0].data) fits += bin.y2;
  EXPECT_EQ(fits, 19);
  EXPECT_DOUBLE_EQ(figure.series[1].data[0].x, 78.3);
  EXPECT_LT(figure.x.low, 46.5);
  EXPECT_GT(figure.x.high, 78.3);
  EXPECT_THAT(figure.description, testing::HasSubstr("19 fits"));
}

TEST(ShuffledLabelsFigure, StandsWhenAllFitsAgree) {
  result::Result r = honest_result();
  r.honesty.controls[0].draws = {0.783, 0.783};
  const Figure figure = *draw_figure("shuffled_labels", Reading(r));
  double fits = 0;
  for (const Datum& bin : figure.series[0].data) fits += bin.y2;
  EXPECT_EQ(fits, 2);
}

TEST(ShuffledLabelsFigure, IsAbsentWithoutTheControl) {
  EXPECT_FALSE(draw_figure("shuffled_labels", Reading(recorded_result())).has_value());
}

}  // namespace
}  // namespace sonde::report
