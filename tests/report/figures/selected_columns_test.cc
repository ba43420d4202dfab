#include "../sparse_case.h"

namespace sonde::report {
namespace {

TEST(SelectedColumns, HasAStripForEachClassOfEachColumn) {
  result::Result r = sparse_result();
  const Figure figure = *draw_figure("selected_columns", Reading(r));
  const Series* fresh = series_of(figure, Mark::points, Role::class_member, 0);
  const Series* rotten = series_of(figure, Mark::points, Role::class_member, 1);
  ASSERT_EQ(fresh->data.size(), 6u);
  ASSERT_EQ(rotten->data.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(fresh->data[i].x, -0.15, 0.081);  // the jitter's half width
  for (std::size_t i = 2; i < 4; ++i) EXPECT_NEAR(rotten->data[i].x, 1.15, 0.081);
  EXPECT_EQ(rotten->data[0].y, 3);
  ASSERT_EQ(figure.x.ticks.size(), 2u);
  EXPECT_EQ(figure.x.ticks[1].label, "3");
  r.best.sparse = {};
  EXPECT_FALSE(draw_figure("selected_columns", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
