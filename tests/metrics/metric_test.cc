#include "sonde/metrics/metric.h"

#include <gmock/gmock.h>

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(Metric, NamesEveryNumberOnce) {
  std::vector<std::string> names;
  for (const MetricName& metric : metric_names()) names.emplace_back(metric.name);
  EXPECT_THAT(names, testing::ElementsAre("accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc",
                                          "log_loss", "auroc"));
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

TEST(Metric, RefusesNoRowsAndScoresThatAreNotNumbers) {
  EXPECT_THROW(MetricSet{Predictions{.classes = 2}}, Error);
  Case c{.classes = 2, .truth = {0, 1}, .predicted = {0, 0}};
  c.scores = Matrix(2, 2);
  c.scores.row(1)[0] = NAN;
  EXPECT_THROW(MetricSet{c.predictions()}, Error);
}

}  // namespace
}  // namespace sonde::metrics
