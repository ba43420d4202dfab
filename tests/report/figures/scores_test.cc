// Scores: all rows of test are in the bars, errors are on the wrong side of one half.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(Scores, CountsEveryTestRowOnce) {
  const result::Result r = recorded_result();
  const Figure figure = *draw_figure("scores", Reading(r));
  double total[2] = {0, 0}, missed[2] = {0, 0};
  for (const Series& series : figure.series) {
    if (series.mark != Mark::rects) continue;
    for (const Datum& d : series.data) {
      total[series.index] += std::abs(d.y2);
      if (d.label == "miss") missed[series.index] += std::abs(d.y2);
    }
  }
  EXPECT_EQ(total[0], 1957);
  EXPECT_EQ(total[1], 1339);
  EXPECT_EQ(missed[0], 373);  // the confusion matrix of the same probe
  EXPECT_EQ(missed[1], 342);
}

TEST(Scores, IsAbsentWithThreeClassesOrShortCounts) {
  result::Result r = recorded_result();
  r.best.calibration.scores[0].pop_back();
  EXPECT_FALSE(draw_figure("scores", Reading(r)).has_value());
  r = recorded_result();
  r.data.classes.push_back({"mixed", 1, 1, 0, 0});
  EXPECT_FALSE(draw_figure("scores", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
