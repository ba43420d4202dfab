#include "sonde/report/scatter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "picture_cases.h"
#include "sonde/report/marker.h"

namespace sonde::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t points_in(const Figure& figure) {
  std::size_t count = 0;
  for (const Series& series : figure.series) count += series.mark == Mark::points ? series.data.size() : 0;
  return count;
}

TEST(Scatter, HasOneScaleOnBothAxes) {
  const Figure figure = scatter_figure(plane_picture());
  const Layout& l = figure.layout;
  EXPECT_NEAR((figure.x.high - figure.x.low) / (l.width - l.left - l.right),
              (figure.y.high - figure.y.low) / (l.height - l.top - l.bottom), 1e-12);
  EXPECT_LT(figure.x.low, 0);
  EXPECT_GT(figure.x.high, 12);
  EXPECT_TRUE(figure.x.ticks.empty());  // positions mean nothing
  EXPECT_EQ(points_in(figure), 6u);
}

TEST(Scatter, PointsKeepTheirOrderSoThatNoClassCoversAnother) {
  const Figure figure = scatter_figure(plane_picture());
  ASSERT_EQ(figure.series.size(), 3u);  // fresh, rotten, fresh
  EXPECT_EQ(figure.series[1].index, 1);
  EXPECT_EQ(figure.series[2].data[0].x, 12);
  ASSERT_EQ(figure.key.size(), 2u);
  EXPECT_EQ(figure.key[1].label, "rotten");
  EXPECT_EQ(figure.key[1].sub, "3");
  EXPECT_EQ(figure.key_title, "category");
}

TEST(Scatter, NamesComponentsWithTheirShare) {
  EXPECT_EQ(coordinate_name(token_picture(), 0), "component 1 (50.0\u202f%)");
  EXPECT_EQ(coordinate_name(plane_picture(), 0), "");
  EXPECT_THAT(scatter_caption(token_picture()),
              HasSubstr("The three components explain 87.5\u202f% of the variance."));
}

TEST(Scatter, CaptionSaysWhatWasLeftOut) {
  result::Picture picture = plane_picture();
  EXPECT_THAT(scatter_caption(picture), Not(HasSubstr("random")));
  picture.available = 12808;
  EXPECT_THAT(scatter_caption(picture),
              HasSubstr("t-SNE of 6 examples, drawn at random from 12,808, at hidden[2]."));
}

// Turning keeps lengths, and the third number is what is left: an orthogonal map.
TEST(Scatter, SeesTheCubeFromOneSide) {
  for (const std::array<double, 3>& place : {std::array{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.3, -0.7, 0.9}}) {
    const auto seen = seen_from_the_side(place);
    EXPECT_NEAR(std::hypot(seen[0], seen[1], seen[2]), std::hypot(place[0], place[1], place[2]), 1e-12);
  }
  EXPECT_NEAR(seen_from_the_side({0, 0, 1})[0], 0, 1e-12);  // up stays up
  EXPECT_GT(seen_from_the_side({0, 0, 1})[1], 0.9);
  const Figure figure = scatter_figure(token_picture());
  EXPECT_EQ(points_in(figure), 4u);
  int edges = 0;
  for (const Series& series : figure.series) edges += series.mark == Mark::line ? 1 : 0;
  EXPECT_EQ(edges, 3);
  EXPECT_EQ(figure.key.size(), static_cast<std::size_t>(kShades));
}

TEST(Scatter, TextsDoNotLieOnEachOther) {
  result::Picture picture = token_picture();
  picture.dims = 2;
  picture.z.clear();
  picture.x = {0, 0.0001, 5, 9};
  picture.y = {0, 0.0001, 5, 0};
  std::vector<std::string> shown;
  for (const Note& note : scatter_figure(picture).notes) shown.push_back(note.label);
  EXPECT_THAT(shown, testing::Contains("[CLS]"));
  EXPECT_THAT(shown, Not(testing::Contains("a")));
}

TEST(Scatter, TakesPointsThatAllLieOnOnePlace) {
  result::Picture picture = plane_picture();
  picture.x.assign(6, 3);
  picture.y.assign(6, 3);
  const Figure figure = scatter_figure(picture);
  EXPECT_LT(figure.x.low, 3);
  EXPECT_GT(figure.x.high, 3);
}

}  // namespace
}  // namespace sonde::report
