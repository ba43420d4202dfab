#include <cmath>

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(Brier, EqualsScikitLearn) { expect_golden("brier"); }

TEST(Brier, IsZeroWhenCertainAndRightAndOneWhenCertainAndWrong) {
  Case c{.classes = 2, .truth = {0, 1}, .predicted = {0, 1}};
  c.scores = Matrix(2, 2);
  c.scores.row(0)[0] = c.scores.row(1)[1] = 1;
  EXPECT_EQ(value_of(c, "brier"), 0);
  c.truth = {1, 0};
  EXPECT_EQ(value_of(c, "brier"), 1);
}

TEST(Brier, IsUndefinedWithoutProbabilities) {
  EXPECT_TRUE(std::isnan(value_of(from_confusion({{1, 2}, {3, 4}}), "brier")));
}

}  // namespace
}  // namespace sonde::metrics
