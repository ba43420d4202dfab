#include "../sparse_case.h"

namespace sonde::report {
namespace {

TEST(Coefficients, StandsEachWeightOnItsColumn) {
  const result::Result r = sparse_result();
  const Figure figure = *draw_figure("coefficients", Reading(r));
  const Series* heads = series_of(figure, Mark::points, Role::main);
  ASSERT_EQ(heads->data.size(), 2u);
  EXPECT_EQ(heads->data[0].x, 1);
  EXPECT_EQ(heads->data[0].y, -2.5);
  EXPECT_EQ(heads->data[1].x, 3);
  EXPECT_EQ(heads->data[1].y, 0.5);
  EXPECT_THAT(figure.notes.at(0).label, testing::HasSubstr("2 weights are exactly 0"));
  EXPECT_THAT(figure.description, testing::HasSubstr("2 of 4 are not 0 (50.0"));
  EXPECT_THAT(figure.description, testing::HasSubstr("at column 1"));
}

TEST(Coefficients, IsAbsentForAProbeThatReadsAll) {
  const result::Result r = recorded_result();
  EXPECT_FALSE(draw_figure("coefficients", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
