#include "sonde/metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sonde/core/random.h"

namespace sonde::metrics {
namespace {

struct Simulated {
  std::vector<std::int32_t> truth, predicted;
  Predictions view() const { return {2, truth, predicted, {}}; }
};

// Balanced truth; each prediction right with the given probability.
Simulated simulate(std::int64_t n, double accuracy, std::uint64_t seed) {
  const RandomStream stream(seed, "simulated predictions");
  Simulated data;
  for (std::int64_t i = 0; i < n; ++i) {
    data.truth.push_back(i % 2);
    data.predicted.push_back(stream.uniform(i) < accuracy ? i % 2 : 1 - i % 2);
  }
  return data;
}

TEST(Bootstrap, CoversTheTruthAboutAsOftenAsItSays) {
  int covered = 0;
  constexpr int kTrials = 300;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Simulated data = simulate(200, 0.7, trial);
    const Predictions p = data.view();
    const Interval i = bootstrap({&p, 1}, {.resamples = 200}, {.seed = 5}).interval(0, "accuracy");
    covered += i.low <= 0.7 && 0.7 <= i.high;
  }
  // 95 % of 300 is 285; three standard deviations of a binomial are 11.
  EXPECT_GE(covered, 285 - 15);
  EXPECT_LE(covered, 285 + 12);
}

TEST(Bootstrap, HasTheWidthOfTheNormalApproximation) {
  const Simulated data = simulate(2000, 0.8, 1);
  const Predictions p = data.view();
  const Interval i = bootstrap({&p, 1}, {}, {.seed = 5}).interval(0, "accuracy");
  const double expected = 2 * 1.96 * std::sqrt(i.value * (1 - i.value) / 2000);
  EXPECT_NEAR(i.high - i.low, expected, 0.1 * expected);
  EXPECT_LT(i.low, i.value);
  EXPECT_GT(i.high, i.value);
}

TEST(Bootstrap, PairsDifferencesOverTheSameResamples) {
  Simulated a = simulate(400, 0.8, 1);
  Simulated b = a;
  for (int i = 0; i < 12; ++i) b.predicted[i] = 1 - b.truth[i];  // b is nearly a, and never better
  for (int i = 0; i < 12; ++i) a.predicted[i] = a.truth[i];
  const Predictions both[] = {a.view(), b.view()};
  const BootstrapResult result = bootstrap(both, {}, {.seed = 5});
  const Interval paired = result.difference(0, 1, "accuracy");
  EXPECT_NEAR(paired.value, 12.0 / 400, 1e-15);
  EXPECT_TRUE(leaves_out_zero(paired));  // although the two intervals overlap widely
  EXPECT_GT(result.interval(1, "accuracy").high, result.interval(0, "accuracy").low);
  const Interval same = result.difference(0, 0, "accuracy");
  EXPECT_EQ(same.low, 0);
  EXPECT_EQ(same.high, 0);
  EXPECT_FALSE(leaves_out_zero(same));
}

TEST(Bootstrap, IsTheSameForAnyNumberOfThreads) {
  const Simulated data = simulate(300, 0.6, 3);
  const Predictions p = data.view();
  const BootstrapResult one = bootstrap({&p, 1}, {}, {.threads = 1, .seed = 9});
  const BootstrapResult four = bootstrap({&p, 1}, {}, {.threads = 4, .seed = 9});
  for (const char* metric : {"accuracy", "f1", "mcc"}) {
    EXPECT_EQ(one.interval(0, metric).low, four.interval(0, metric).low);
    EXPECT_EQ(one.interval(0, metric).high, four.interval(0, metric).high);
  }
}

// Ten copies of every row carry no more evidence: resampling rows hides that, resampling groups shows it.
TEST(Bootstrap, ResamplesWholeGroups) {
  const Simulated small = simulate(100, 0.7, 2);
  Simulated data;
  std::vector<std::int64_t> groups;
  for (int i = 0; i < 1000; ++i) {
    data.truth.push_back(small.truth[i / 10]);
    data.predicted.push_back(small.predicted[i / 10]);
    groups.push_back(1000 - i / 10);
  }
  const Predictions p = data.view(), few = small.view();
  const RunContext context{.seed = 4};
  const Interval honest = bootstrap({&few, 1}, {}, context).interval(0, "accuracy");
  const Interval rows = bootstrap({&p, 1}, {}, context).interval(0, "accuracy");
  const Interval grouped =
      bootstrap({&p, 1}, {.unit = ResampleUnit::group, .groups = groups}, context).interval(0, "accuracy");
  EXPECT_DOUBLE_EQ(grouped.low, honest.low);
  EXPECT_DOUBLE_EQ(grouped.high, honest.high);
  EXPECT_LT(rows.high - rows.low, 0.5 * (grouped.high - grouped.low));
}

TEST(Bootstrap, LeavesUndefinedMetricsUndefined) {
  const Simulated data = simulate(50, 0.6, 3);
  const Predictions p = data.view();
  const Interval i = bootstrap({&p, 1}, {.resamples = 20}, {}).interval(0, "auroc");
  EXPECT_TRUE(std::isnan(i.value) && std::isnan(i.low) && std::isnan(i.high));
  EXPECT_FALSE(leaves_out_zero(i));
}

// Predicted numbers go through the same resamples: each bound is the metric of a resample that is written out
// from the same stream, so the whole interval is found again by hand.
TEST(Bootstrap, ResamplesNumbersOverTheSameRows) {
  const RandomStream noise(3, "numbers"), stream(9, "bootstrap");
  std::vector<double> truth, near, far;
  for (int i = 0; i < 60; ++i) {
    truth.push_back(i % 7);
    near.push_back(i % 7 + noise.uniform(i) - 0.5);
    far.push_back(i % 7 + 3 * (noise.uniform(i) - 0.5));
  }
  const Predictions both[] = {Predictions::of_numbers(truth, near), Predictions::of_numbers(truth, far)};
  const BootstrapResult result = bootstrap(both, {.resamples = 41}, {.threads = 2, .seed = 9});
  std::vector<double> differences;
  for (int r = 0; r < 41; ++r) {
    double gap = 0;
    for (int i = 0; i < 60; ++i) {
      const auto row = stream.substream(r).below(60, i);
      gap += std::abs(near[row] - truth[row]) - std::abs(far[row] - truth[row]);
    }
    differences.push_back(gap / 60);
  }
  std::sort(differences.begin(), differences.end());
  const Interval paired = result.difference(0, 1, "mae");
  // Places 1 and 39 of 40: 2.5 % and 97.5 %. The sums differ in their order alone.
  EXPECT_NEAR(paired.low, differences[1], 1e-13);
  EXPECT_NEAR(paired.high, differences[39], 1e-13);
  EXPECT_TRUE(leaves_out_zero(paired));
  EXPECT_GT(result.interval(0, "r2").low, result.interval(1, "r2").high);
}

}  // namespace
}  // namespace sonde::metrics
