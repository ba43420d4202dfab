// The forest: the best first, then baselines from the strongest on, each with its interval.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(Baselines, ListsTheBestThenTheStrongest) {
  const result::Result r = recorded_result();
  const Figure figure = *draw_figure("baselines", Reading(r));
  ASSERT_EQ(figure.y.ticks.size(), 4u);
  EXPECT_EQ(figure.y.ticks[0].label, "hidden[4]");
  EXPECT_EQ(figure.y.ticks[1].label, "Bag-of-words");
  EXPECT_EQ(figure.y.ticks[2].label, "Majority class");
  EXPECT_GT(figure.y.low, figure.y.high) << "first row stands on top";
}

TEST(Baselines, IsAbsentWithoutBaselines) {
  result::Result r = recorded_result();
  r.baselines.clear();
  EXPECT_FALSE(draw_figure("baselines", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
