#include "../sparse_case.h"

namespace sonde::report {
namespace {

TEST(CoefficientValues, HasABarPerBin) {
  result::Result r = sparse_result();
  const Figure figure = *draw_figure("coefficient_values", Reading(r));
  const Series* bars = series_of(figure, Mark::rects, Role::main);
  ASSERT_EQ(bars->data.size(), 3u);
  EXPECT_EQ(bars->data[0].x, -2.5);
  EXPECT_EQ(bars->data[2].x2, 0.5);
  EXPECT_EQ(bars->data[0].y2 + bars->data[1].y2 + bars->data[2].y2, 2);
  for (const Tick& tick : figure.y.ticks) EXPECT_EQ(tick.at, std::floor(tick.at));  // counts
  r.best.sparse.nonzero = 0;
  EXPECT_FALSE(draw_figure("coefficient_values", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
