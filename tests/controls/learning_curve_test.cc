// The learning curve: its last point is the fit itself, it rises where there is something to learn, and its
// subsets are nested and whole.
#include <algorithm>

#include "planted.h"
#include "sonde/controls/refit.h"
#include "sonde/controls/units.h"
#include "sonde/core/error.h"

namespace sonde::controls {
namespace {

TEST(LearningCurve, EndsAtTheFitItself) {
  const Planted planted = plant({.rows = 400, .test_rows = 400, .width = 40, .distance = 0.8}, 2);
  const Findings found =
      question("learning_curve", planted, {.sizes = "0.05, 0.2,1", .subsets = 6}, {.seed = 1});
  ASSERT_EQ(found.points.size(), 3u);
  EXPECT_EQ(found.points[0].rows, 20);
  EXPECT_EQ(found.points[1].rows, 80);
  EXPECT_EQ(found.points[2].rows, 400);
  EXPECT_EQ(found.draws.size(), 12u) << "the whole set is not fitted again";
  const double whole = measure(*planted.fitted, planted.data(planted.test), "accuracy");
  EXPECT_DOUBLE_EQ(found.points[2].value.value, whole);
  EXPECT_LT(found.points[0].value.value, found.points[1].value.value);
  EXPECT_LT(found.points[1].value.value, whole);
  EXPECT_LE(found.points[0].value.low, found.points[0].value.value);
  EXPECT_DOUBLE_EQ(found.at("last_step").value, whole - found.points[1].value.value);
}

TEST(LearningCurve, ValuesAreThoseOfFitsToTheSubsets) {
  const Planted planted = plant({.rows = 60, .distance = 1}, 2);
  const Findings found = question("learning_curve", planted, {.sizes = "0.5", .subsets = 2}, {.seed = 6});
  const Units units(60, {});
  for (int i = 0; i < 2; ++i) {
    const auto rows =
        units.subset(30, planted.train.labels, 2, RandomStream(6, "learning_curve").substream(i));
    Matrix features(30, 3);
    std::vector<std::int32_t> labels;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::ranges::copy(planted.train.features.row(rows[r]), features.row(r).begin());
      labels.push_back(planted.train.labels[rows[r]]);
    }
    const auto fitted = planted.probe->fit(
        {probes::ProbeInput::of_features(features.view()), labels, planted.classes}, RunContext{});
    EXPECT_DOUBLE_EQ(found.draws[i], measure(*fitted, planted.data(planted.test), "accuracy"));
  }
}

TEST(LearningCurve, SizesThatAreNoSharesAreRefused) {
  for (const char* sizes : {"", "0.5,0.2", "0", "1.5", "half", "0.1,,1", "0.1 0.2", "-1", "nan"}) {
    EXPECT_THROW(check({.sizes = sizes}), Error) << sizes;
  }
  EXPECT_THAT(parse_sizes("0.1, 0.5,1"), testing::ElementsAre(0.1, 0.5, 1));
}

}  // namespace
}  // namespace sonde::controls
