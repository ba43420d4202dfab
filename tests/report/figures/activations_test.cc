#include "../sparse_case.h"

namespace sonde::report {
namespace {

TEST(Activations, PutsCountsOnALogScaleByClass) {
  const result::Result r = sparse_result();
  const Figure figure = *draw_figure("activations", Reading(r));
  const Series* fresh = series_of(figure, Mark::points, Role::class_member, 0);
  ASSERT_EQ(fresh->data.size(), 4u);  // an empty bin has no logarithm; the last point is the key's
  EXPECT_DOUBLE_EQ(fresh->data[0].x, -0.5);
  EXPECT_DOUBLE_EQ(fresh->data[0].y, 3);
  EXPECT_DOUBLE_EQ(fresh->data[1].y, 1);
  EXPECT_THAT(figure.description, testing::HasSubstr("1,012 of fresh from"));
  EXPECT_THAT(figure.description, testing::HasSubstr("902 of rotten from 0 to 4"));
  const result::Result dense = recorded_result();
  EXPECT_FALSE(draw_figure("activations", Reading(dense)).has_value());
}

}  // namespace
}  // namespace sonde::report
