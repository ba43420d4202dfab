#include <algorithm>
#include <cmath>

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(Regression, EqualsScikitLearnAndScipy) {
  const std::vector<NumberCase> cases = golden_number_cases();
  ASSERT_GE(cases.size(), 8u);
  for (const NumberCase& c : cases) {
    for (const MetricName& metric : metric_names(Task::numbers)) {
      const nlohmann::json& expected = c.golden["values"][metric.name];
      const double value = value_of(c, metric.name);
      if (expected.is_null()) {
        EXPECT_TRUE(std::isnan(value)) << metric.name << ", " << c.name;
        continue;
      }
      // The sums differ from numpy's only in their order. In the case "large" a mean of 1e6 is subtracted
      // from numbers that spread by 3, which costs R² and the errors six digits of sixteen.
      const double tolerance = c.name.starts_with("large") ? 1e-10 : 1e-12;
      EXPECT_NEAR(value, expected.get<double>(), tolerance) << metric.name << ", " << c.name;
    }
  }
}

TEST(Regression, IsPerfectForTheTruthAndZeroForItsMean) {
  const NumberCase perfect{.truth = {1, 2, 6}, .predicted = {1, 2, 6}}, mean{{}, {1, 2, 6}, {3, 3, 3}};
  EXPECT_EQ(value_of(perfect, "r2"), 1);
  EXPECT_EQ(value_of(perfect, "mae"), 0);
  EXPECT_EQ(value_of(perfect, "rmse"), 0);
  EXPECT_DOUBLE_EQ(value_of(perfect, "spearman"), 1);
  EXPECT_EQ(value_of(perfect, "rounded_accuracy"), 1);
  EXPECT_EQ(value_of(mean, "r2"), 0);
  EXPECT_DOUBLE_EQ(value_of(mean, "mae"), 2);  // (2 + 1 + 3) / 3
}

TEST(Regression, SpearmanLooksAtTheOrderAlone) {
  for (NumberCase& c : golden_number_cases()) {
    if (c.name.starts_with("large")) continue;  // whose cubes run together
    const double before = value_of(c, "spearman");
    for (double& value : c.predicted) value = value * value * value;
    EXPECT_EQ(value_of(c, "spearman"), before) << c.name;
    for (double& value : c.predicted) value = -value;
    EXPECT_NEAR(value_of(c, "spearman"), -before, 1e-15) << c.name;
  }
}

TEST(Regression, LeavesUndefinedWhatHasNoMeaning) {
  const NumberCase constant_truth{.truth = {0.1, 0.1, 0.1}, .predicted = {1, 2, 3}};
  EXPECT_TRUE(std::isnan(value_of(constant_truth, "r2")));
  EXPECT_TRUE(std::isnan(value_of(constant_truth, "spearman")));
  const NumberCase constant{.truth = {1, 2, 3}, .predicted = {2, 2, 2}};
  EXPECT_TRUE(std::isnan(value_of(constant, "spearman")));
  const NumberCase halves{.truth = {0.5, 2}, .predicted = {0.5, 2}};
  EXPECT_TRUE(std::isnan(value_of(halves, "rounded_accuracy")));
}

// numpy and torch round a half to the even neighbour.
TEST(Regression, RoundsAHalfToEven) {
  EXPECT_EQ(value_of(NumberCase{.truth = {2, 3}, .predicted = {2.5, 2.5}}, "rounded_accuracy"), 0.5);
}

}  // namespace
}  // namespace sonde::metrics
