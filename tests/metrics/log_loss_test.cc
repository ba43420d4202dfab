#include <cmath>

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(LogLoss, EqualsScikitLearn) { expect_golden("log_loss"); }

// A saturated wrong answer costs 52 ln 2 nats, the clip of float64.
TEST(LogLoss, ClipsAtTheRoundingOfFloat64) {
  Case c{.classes = 2, .truth = {0, 1}, .predicted = {0, 0}};
  c.scores = Matrix(2, 2);
  c.scores.row(0)[0] = c.scores.row(1)[0] = 1;
  EXPECT_DOUBLE_EQ(value_of(c, "log_loss"), 52 * std::log(2.0) / 2);
}

TEST(LogLoss, IsUndefinedWithoutProbabilities) {
  EXPECT_TRUE(std::isnan(value_of(from_confusion({{3, 1}, {1, 3}}), "log_loss")));
}

}  // namespace
}  // namespace sonde::metrics
