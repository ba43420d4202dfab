#include <cmath>

#include "cases.h"

namespace sonde::metrics {
namespace {

// The definition itself: all (negative, positive) pairs, ties half.
double mann_whitney(const Case& c) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < c.truth.size(); ++i) {
    for (std::size_t j = 0; j < c.truth.size(); ++j) {
      if (c.truth[i] != 1 || c.truth[j] != 0) continue;
      const double weight = c.weights.empty() ? 1.0 : double(c.weights[i]) * c.weights[j];
      const float high = c.scores.row(i)[1], low = c.scores.row(j)[1];
      right += weight * (high > low ? 1.0 : high == low ? 0.5 : 0.0);
      pairs += weight;
    }
  }
  return right / pairs;
}

TEST(Auroc, EqualsScikitLearn) { expect_golden("auroc"); }

TEST(Auroc, IsTheMannWhitneyStatistic) {
  for (const Case& c : golden_cases()) {
    if (c.classes != 2) continue;
    EXPECT_NEAR(value_of(c, "auroc"), mann_whitney(c), 1e-14) << c.name;
  }
}

TEST(Auroc, IsUnchangedByAMonotoneMapAndComplementedByALabelFlip) {
  for (Case& c : golden_cases()) {
    if (c.classes != 2) continue;
    const double before = value_of(c, "auroc");
    for (std::size_t i = 0; i < c.truth.size(); ++i) c.scores.row(i)[1] *= 0.5f;
    EXPECT_EQ(value_of(c, "auroc"), before);
    for (std::int32_t& label : c.truth) label = 1 - label;
    EXPECT_NEAR(value_of(c, "auroc"), 1 - before, 1e-15);
  }
}

TEST(Auroc, IsUndefinedWithOneClass) {
  Case c{.classes = 2, .truth = {1, 1}, .predicted = {1, 0}};
  c.scores = Matrix(2, 2);
  EXPECT_TRUE(std::isnan(value_of(c, "auroc")));
  EXPECT_EQ(nlohmann::json(value_of(c, "auroc")).dump(), "null");
}

}  // namespace
}  // namespace sonde::metrics
