#include "sonde/metrics/metric.h"

#include <gmock/gmock.h>

#include <cmath>

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(Metric, NamesEveryNumberOnce) {
  const auto names = [](Task task) {
    std::vector<std::string> list;
    for (const MetricName& metric : metric_names(task)) list.emplace_back(metric.name);
    return list;
  };
  EXPECT_THAT(names(Task::classes),
              testing::ElementsAre("accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc",
                                   "log_loss", "brier", "ece", "auroc", "average_precision"));
  EXPECT_THAT(names(Task::numbers),
              testing::ElementsAre("r2", "mae", "rmse", "spearman", "rounded_accuracy"));
}

TEST(Metric, KnowsItsTask) {
  EXPECT_EQ(metric_task("accuracy"), Task::classes);
  EXPECT_EQ(metric_task("spearman"), Task::numbers);
  for (const Task task : {Task::classes, Task::numbers}) EXPECT_EQ(metric_task(default_metric(task)), task);
  try {
    metric_index("accuracy", Task::numbers);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("classes, not of numbers"),
                                             testing::HasSubstr("r2, mae, rmse")));
  }
}

TEST(Metric, AnswersATypoWithTheNearestName) {
  try {
    metric_index("auroch");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("auroc"));
  }
}

// A bootstrap resample as multiplicities must equal the resample written out row by row.
TEST(Metric, CountsAWeightAsThatManyRows) {
  for (const Case& c : golden_cases()) {
    if (c.weights.empty()) continue;
    Case written{.classes = c.classes};
    std::vector<float> scores;
    for (std::size_t i = 0; i < c.truth.size(); ++i) {
      for (std::uint32_t copy = 0; copy < c.weights[i]; ++copy) {
        written.truth.push_back(c.truth[i]);
        written.predicted.push_back(c.predicted[i]);
        scores.insert(scores.end(), c.scores.row(i).begin(), c.scores.row(i).end());
      }
    }
    written.scores = Matrix(static_cast<std::int64_t>(written.truth.size()), c.classes);
    std::copy(scores.begin(), scores.end(), written.scores.data());
    const std::vector<double> weighted = MetricSet(c.predictions()).evaluate(c.weights);
    const std::vector<double> plain = MetricSet(written.predictions()).evaluate();
    for (std::size_t m = 0; m < plain.size(); ++m)
      EXPECT_NEAR(weighted[m], plain[m], 1e-14) << metric_names()[m].name;
  }
}

TEST(Metric, CountsAWeightAsThatManyRowsForNumbersToo) {
  int weighted_cases = 0;
  for (const NumberCase& c : golden_number_cases()) {
    if (c.weights.empty()) continue;
    ++weighted_cases;
    NumberCase written;
    for (std::size_t i = 0; i < c.truth.size(); ++i) {
      written.truth.insert(written.truth.end(), c.weights[i], c.truth[i]);
      written.predicted.insert(written.predicted.end(), c.weights[i], c.predicted[i]);
    }
    const std::vector<double> weighted = MetricSet(c.predictions()).evaluate(c.weights);
    const std::vector<double> plain = MetricSet(written.predictions()).evaluate();
    for (std::size_t m = 0; m < plain.size(); ++m) {
      if (std::isnan(plain[m])) {
        EXPECT_TRUE(std::isnan(weighted[m]));
        continue;
      }
      // The sums take one product in place of several terms: a few units in the last place, of R² also of
      // the mean that it subtracts (1e6 in one case).
      EXPECT_NEAR(weighted[m], plain[m], 1e-12 * std::max(1.0, std::abs(plain[m]))) << c.name << m;
    }
  }
  EXPECT_GE(weighted_cases, 4);
}

TEST(Metric, RefusesNoRowsAndScoresThatAreNotNumbers) {
  EXPECT_THROW(MetricSet{Predictions{.classes = 2}}, Error);
  Case c{.classes = 2, .truth = {0, 1}, .predicted = {0, 0}};
  c.scores = Matrix(2, 2);
  c.scores.row(1)[0] = NAN;
  EXPECT_THROW(MetricSet{c.predictions()}, Error);
  NumberCase n{.truth = {1, 2}, .predicted = {1, INFINITY}};
  EXPECT_THROW(MetricSet{n.predictions()}, Error);
}

}  // namespace
}  // namespace sonde::metrics
