// Confusion cells: counts with commas, share of the row as shade.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(ConfusionFigure, ShadesByShareOfTheRow) {
  const result::Result r = recorded_result();
  const Figure figure = *draw_figure("confusion", Reading(r));
  const auto& cells = figure.series.at(0).data;
  ASSERT_EQ(cells.size(), 4u);
  EXPECT_EQ(cells[0].label, "1,584");
  EXPECT_DOUBLE_EQ(cells[0].shade, 1584.0 / 1957.0);
  EXPECT_EQ(cells[2].label, "342");
  EXPECT_EQ(cells[2].sub, "25.5\u202f%");
}

TEST(ConfusionFigure, IsAbsentWhenTheMatrixIsNotSquare) {
  result::Result r = recorded_result();
  r.best.confusion.counts[1].pop_back();
  EXPECT_FALSE(draw_figure("confusion", Reading(r)).has_value());
  r.best.confusion = {};
  EXPECT_FALSE(draw_figure("confusion", Reading(r)).has_value());
}

TEST(ConfusionFigure, SurvivesAClassThatTestDoesNotHold) {
  result::Result r = recorded_result();
  r.best.confusion.counts[1] = {0, 0};
  const Figure figure = *draw_figure("confusion", Reading(r));
  EXPECT_EQ(figure.series.at(0).data[2].shade, 0);
}

}  // namespace
}  // namespace sonde::report
