#include "../sparse_case.h"

namespace sonde::report {
namespace {

TEST(DensityByPenalty, RunsOverTheLogarithmOfOneOverC) {
  result::Result r = sparse_result();
  const Figure figure = *draw_figure("density_by_penalty", Reading(r));
  const Series* own = series_of(figure, Mark::line, Role::main);
  ASSERT_EQ(own->data.size(), 3u);
  EXPECT_DOUBLE_EQ(own->data[2].x, -2);  // C = 100
  EXPECT_EQ(own->data[2].y, 100);
  std::vector<std::string> ticks;
  for (const Tick& tick : figure.x.ticks) ticks.push_back(tick.label);
  EXPECT_EQ(ticks, (std::vector<std::string>{"0.01", "0.1", "1"}));
  for (auto& row : r.results) row.details.erase("exact_path");
  EXPECT_EQ(series_of(*draw_figure("density_by_penalty", Reading(r)), Mark::line, Role::validation), nullptr);
}

}  // namespace
}  // namespace sonde::report
