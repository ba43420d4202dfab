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

// Two probes of a kind: the line beside the best is that of its own counterpart, and the curve is its own.
TEST(EditionsFigure, KeepsProbesOfOneKindApart) {
  result::Result r = recipe_result();
  for (result::AddressResult& row : r.results) row.variant = r.best.variant = "c=1";
  std::vector<result::AddressResult> twins = r.results;
  for (result::AddressResult& row : twins) row.variant = "c=2";
  const std::size_t rows = r.results.size();
  r.results.insert(r.results.begin(), twins.begin(), twins.end());
  r.recipe.other.scores = {{"hidden[1]", r.best.probe, "c=3", {0.55, 0.5, 0.6}},
                           {"hidden[1]", r.best.probe, "c=4", {0.61, 0.5, 0.7}}};
  const Reading reading(r);
  EXPECT_EQ(reading.curve.size(), Reading(recipe_result()).curve.size());
  EXPECT_EQ(reading.curve.front(), &r.results[rows]);
  const Figure figure = *draw_figure("editions", reading);
  ASSERT_EQ(figure.series[1].data.size(), 1u);
  EXPECT_DOUBLE_EQ(figure.series[1].data[0].y, 61.0);
}

TEST(EditionsFigure, IsAbsentForOneEditionOrAnotherMetric) {
  result::Result r = recipe_result();
  r.recipe.other.metric = "auroc";
  EXPECT_FALSE(draw_figure("editions", Reading(r)).has_value());
  EXPECT_FALSE(draw_figure("editions", Reading(recorded_result())).has_value());
}

}  // namespace
}  // namespace sonde::report
