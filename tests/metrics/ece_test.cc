#include <cmath>

#include "cases.h"
#include "sonde/metrics/calibration.h"

namespace sonde::metrics {
namespace {

TEST(Ece, EqualsItsDefinitionInNumpy) { expect_golden("ece"); }

// Derived: the reliability curve and this number are the same rows told twice.
TEST(Ece, IsTheMeanDistanceOfTheReliabilityCurve) {
  for (const Case& c : golden_cases()) {
    if (!c.weights.empty()) continue;
    double sum = 0;
    for (const CalibrationBin& bin : calibration_bins(c.predictions(), kCalibrationBins)) {
      if (bin.rows > 0) sum += static_cast<double>(bin.rows) * std::abs(bin.observed - bin.mean_probability);
    }
    // Quotients of a bin are taken before, not after, the sum: a few units in the last place.
    EXPECT_NEAR(value_of(c, "ece"), sum / static_cast<double>(c.truth.size()), 1e-14) << c.name;
  }
}

// Half of the rows of probability 0.75 come true, so each is a quarter off.
TEST(Ece, ByHand) {
  Case c{.classes = 2, .truth = {0, 1, 0, 1}, .predicted = {1, 1, 1, 1}};
  c.scores = Matrix(4, 2);
  for (int i = 0; i < 4; ++i) c.scores.row(i)[0] = 0.25f, c.scores.row(i)[1] = 0.75f;
  EXPECT_DOUBLE_EQ(value_of(c, "ece"), 0.25);
}

TEST(Ece, IsUndefinedWithoutProbabilities) {
  EXPECT_TRUE(std::isnan(value_of(from_confusion({{1, 2}, {3, 4}}), "ece")));
}

}  // namespace
}  // namespace sonde::metrics
