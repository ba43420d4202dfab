#include "../sparse_case.h"

namespace sonde::report {
namespace {

TEST(Density, ShowsThePublishedPathAndTheOptimaBesideIt) {
  const result::Result r = sparse_result();
  const Figure figure = *draw_figure("density", Reading(r));
  const Series* own = series_of(figure, Mark::line, Role::main);
  const Series* exact = series_of(figure, Mark::line, Role::validation);
  ASSERT_EQ(own->data.size(), 3u);
  EXPECT_EQ(own->data[1].x, 10);
  EXPECT_EQ(own->data[1].y, 50);
  EXPECT_EQ(exact->data[2].y, 50);
  ASSERT_EQ(figure.notes.size(), 2u);
  for (const Note& note : figure.notes) EXPECT_GT(note.y, 53) << note.label << " stands on a point";
  EXPECT_THAT(figure.description, testing::HasSubstr("SAGA, as it stopped at C = 10: 50.0"));
}

TEST(Density, IsAbsentWithoutASweep) {
  result::Result r = sparse_result();
  for (auto& row : r.results) {
    if (row.details.contains("path")) row.details["path"].erase(1), row.details["path"].erase(1);
  }
  EXPECT_FALSE(draw_figure("density", Reading(r)).has_value());  // one value is no path
  r = recorded_result();
  EXPECT_FALSE(draw_figure("density", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
