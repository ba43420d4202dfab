// The figure of both editions: the curve of each, and nothing where only one ran.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(EditionsFigure, DrawsBothCurves) {
  const result::Result r = recipe_result();
  const Reading reading(r);
  const Figure figure = *draw_figure("editions", reading);
  ASSERT_EQ(figure.series.size(), 5u);
  const Series &other = figure.series[1], &mine = figure.series[3];
  EXPECT_EQ(other.name, "as published");
  EXPECT_EQ(mine.name, "as corrected");
  ASSERT_EQ(other.data.size(), 1u);
  EXPECT_DOUBLE_EQ(other.data[0].y, 61.0);
  EXPECT_EQ(mine.data.size(), reading.curve.size());
}

TEST(EditionsFigure, IsAbsentForOneEditionOrAnotherMetric) {
  result::Result r = recipe_result();
  r.recipe.other.metric = "auroc";
  EXPECT_FALSE(draw_figure("editions", Reading(r)).has_value());
  EXPECT_FALSE(draw_figure("editions", Reading(recorded_result())).has_value());
}

}  // namespace
}  // namespace sonde::report
