// Reliability diagram: one dot per bin that holds rows, empty bins left out.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(CalibrationFigure, LeavesEmptyBinsOut) {
  result::Result r = recorded_result();
  r.best.calibration.bins[3].n = 0;
  r.best.calibration.bins[3].predicted = kNone;
  const Figure figure = *draw_figure("calibration", Reading(r));
  for (const Series& series : figure.series) {
    if (series.mark != Mark::points) continue;
    ASSERT_EQ(series.data.size(), 9u);
    EXPECT_DOUBLE_EQ(series.data[0].x, 0.0414);
    EXPECT_DOUBLE_EQ(series.data[0].y, 0.0498);
  }
  EXPECT_EQ(figure.y.label, "Share that is rotten");
}

TEST(CalibrationFigure, IsAbsentWithoutBins) {
  result::Result r = recorded_result();
  r.best.calibration.bins.clear();
  EXPECT_FALSE(draw_figure("calibration", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
