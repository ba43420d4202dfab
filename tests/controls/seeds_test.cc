// The spread of training: against the spread of fits to fresh data, and none of it from seeds for a probe
// that reaches its optimum.
#include <cmath>
#include <numeric>

#include "planted.h"
#include "sonde/controls/refit.h"

namespace sonde::controls {
namespace {

TEST(Seeds, SpreadIsThatOfFitsToFreshData) {
  const Planting how{.rows = 100, .test_rows = 2000, .width = 4, .distance = 0.7};
  const Planted planted = plant(how, 1);
  const Findings found = question("seeds", planted, {.seeds = 60}, {.seed = 1});
  // The truth by simulation: 60 fresh training parts, judged on the same test part.
  std::vector<double> fresh;
  for (int i = 0; i < 60; ++i) {
    const Planted other = plant(how, 100 + i);
    fresh.push_back(measure(*other.fitted, planted.data(planted.test), "accuracy"));
  }
  const double mean = std::accumulate(fresh.begin(), fresh.end(), 0.0) / 60;
  double squares = 0;
  for (const double value : fresh) squares += (value - mean) * (value - mean);
  const double truth = std::sqrt(squares / 59);
  // A deviation from 60 draws is known to about 10 %, and the bootstrap knows one training part only: a
  // factor of 2 either way.
  EXPECT_GT(found.at("deviation").value, truth / 2);
  EXPECT_LT(found.at("deviation").value, truth * 2);
}

TEST(Seeds, TotalIsWiderThanRefitsAlone) {
  const Planted planted = plant({.rows = 200, .test_rows = 60, .distance = 0.7}, 1);
  const Findings found = question("seeds", planted, {.seeds = 20}, {.seed = 1});
  const Interval refits = found.at("refits"), total = found.at("total");
  EXPECT_LT(total.low, refits.low);
  EXPECT_GT(total.high, refits.high);
  // With 60 test rows the test's own deviation is sqrt(p (1 - p) / 60), far above that of training.
  const double p = total.value, expected = 2 * 1.96 * std::sqrt(p * (1 - p) / 60);
  EXPECT_NEAR(total.high - total.low, expected, 0.35 * expected);
}

TEST(Seeds, AnOptimumDoesNotDependOnTheSeedAndARandomDirectionDoes) {
  Planted planted = plant({.rows = 200, .test_rows = 200, .distance = 1}, 1);
  EXPECT_EQ(question("seeds", planted, {.seeds = 5}, {}).at("seed_only").value, 0);
  planted.fit("random_direction");
  EXPECT_GT(question("seeds", planted, {.seeds = 5}, {}).at("seed_only").value, 0);
}

}  // namespace
}  // namespace sonde::controls
