// The curve: values in per cent, band from the intervals, equal baselines once, the chosen address ringed.
#include "../report_cases.h"

namespace sonde::report {
namespace {

using testing::HasSubstr;

const Series* series_of(const Figure& figure, Mark mark, Role role) {
  for (const Series& series : figure.series) {
    if (series.mark == mark && series.role == role) return &series;
  }
  return nullptr;
}

TEST(AccuracyByAddress, DrawsOneDatumPerHiddenState) {
  const result::Result r = recorded_result();
  const Figure figure = *draw_figure("accuracy_by_address", Reading(r));
  const Series* line = series_of(figure, Mark::line, Role::main);
  ASSERT_NE(line, nullptr);
  ASSERT_EQ(line->data.size(), 7u);  // 37 results, 7 of them hidden states
  EXPECT_DOUBLE_EQ(line->data[4].y, 78.307);
  const Series* band = series_of(figure, Mark::band, Role::main);
  EXPECT_DOUBLE_EQ(band->data[4].y, 76.881);
  EXPECT_DOUBLE_EQ(band->data[4].y2, 79.703);
  ASSERT_EQ(figure.callouts.size(), 1u);
  EXPECT_EQ(figure.callouts[0].x, 4);
  EXPECT_EQ(figure.callouts[0].sub, "best, chosen on validation");
  EXPECT_THAT(figure.description, HasSubstr("hidden[4] 78.3"));
}

TEST(AccuracyByAddress, HoldsAllIntervalsAndBaselinesInItsRange) {
  const result::Result r = recorded_result();
  const Figure figure = *draw_figure("accuracy_by_address", Reading(r));
  for (const Series& series : figure.series) {
    for (const Datum& d : series.data) {
      EXPECT_GE(d.y, figure.y.low) << series.name;
      EXPECT_LE(d.y, figure.y.high) << series.name;
    }
  }
}

TEST(AccuracyByAddress, LeavesAGapWhereAMetricIsMissing) {
  result::Result r = recorded_result();
  for (auto& row : r.results) {
    if (row.at == "hidden[2]") row.metrics.clear();
  }
  const std::string svg = draw_svg_for_page(*draw_figure("accuracy_by_address", Reading(r)));
  EXPECT_THAT(svg, testing::Not(HasSubstr("nan")));
  const std::size_t path = svg.find("class=\"main\" d=\"M");
  ASSERT_NE(path, std::string::npos);
  const std::string d = svg.substr(path + 17, svg.find('"', path + 17) - path - 17);
  EXPECT_EQ(std::count(d.begin(), d.end(), 'M'), 1) << "a second M lifts the pen: " << d;
}

TEST(AccuracyByAddress, IsAbsentWithoutResults) {
  const result::Result empty;
  EXPECT_FALSE(draw_figure("accuracy_by_address", Reading(empty)).has_value());
}

}  // namespace
}  // namespace sonde::report
