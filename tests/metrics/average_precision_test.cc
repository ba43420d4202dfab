#include <cmath>

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(AveragePrecision, EqualsScikitLearn) { expect_golden("average_precision"); }

Case ranked(const std::vector<std::int32_t>& truth, const std::vector<float>& second) {
  Case c{.classes = 2, .truth = truth, .predicted = truth};
  c.scores = Matrix(static_cast<std::int64_t>(truth.size()), 2);
  for (std::size_t i = 0; i < truth.size(); ++i) c.scores.row(i)[1] = second[i];
  return c;
}

// From the top: right, wrong, right gives ½ · 1/1 + ½ · 2/3.
TEST(AveragePrecision, ByHand) {
  EXPECT_DOUBLE_EQ(value_of(ranked({1, 0, 1}, {0.9f, 0.5f, 0.1f}), "average_precision"), 0.5 + 1.0 / 3);
}

TEST(AveragePrecision, IsTheShareOfTheClassWhenAllScoresTie) {
  EXPECT_DOUBLE_EQ(value_of(ranked({1, 0, 0, 0}, {0.5f, 0.5f, 0.5f, 0.5f}), "average_precision"), 0.25);
}

TEST(AveragePrecision, IsUnchangedByAMonotoneMap) {
  for (Case& c : golden_cases()) {
    if (c.classes != 2) continue;
    const double before = value_of(c, "average_precision");
    for (std::size_t i = 0; i < c.truth.size(); ++i) c.scores.row(i)[1] *= 0.5f;
    EXPECT_EQ(value_of(c, "average_precision"), before);
  }
}

TEST(AveragePrecision, IsUndefinedWithoutARowOfTheClass) {
  EXPECT_TRUE(std::isnan(value_of(ranked({0, 0}, {0.1f, 0.2f}), "average_precision")));
  EXPECT_TRUE(std::isnan(value_of(from_confusion({{1, 2}, {3, 4}}), "average_precision")));
}

}  // namespace
}  // namespace sonde::metrics
