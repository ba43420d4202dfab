#include <gmock/gmock.h>

#include <cmath>

#include "toy.h"

namespace sonde::probes {
namespace {

TEST(LeastSquares, FindsThePlantedWeights) {
  Toy toy = make_toy(50, 2, 1);
  for (std::int64_t i = 0; i < 50; ++i)
    toy.targets[i] = 2.0 * toy.features.row(i)[1] - toy.features.row(i)[4] + 7.0;
  const auto fitted = make_probe("least_squares")->fit(toy.labelled(), {});
  const std::vector<float> planted = {0, 2, 0, 0, -1, 0};
  // Exact but for the rounding of float64 and of the weights to float32.
  for (int j = 0; j < 6; ++j) EXPECT_NEAR(fitted->linear()->weight.row(0)[j], planted[j], 1e-7);
  EXPECT_NEAR(fitted->linear()->bias[0], 7, 1e-6);
  EXPECT_LE(fitted->report().certificate->kkt, 1e-12);
  EXPECT_EQ(fitted->report().details["method"], "cholesky");
}

TEST(LeastSquares, SharesBetweenColumnsThatAreAlike) {
  Toy toy = make_toy(50, 2, 1);
  for (std::int64_t i = 0; i < 50; ++i) {
    toy.features.row(i)[3] = toy.features.row(i)[1];
    toy.targets[i] = 2 * toy.features.row(i)[1];
  }
  const auto fitted = make_probe("least_squares")->fit(toy.labelled(), {});
  // Of all ways to share 2 between two equal columns, halves have the least norm.
  for (int j = 0; j < 6; ++j) EXPECT_NEAR(fitted->linear()->weight.row(0)[j], j == 1 || j == 3 ? 1 : 0, 1e-6);
  EXPECT_EQ(fitted->report().details["method"], "minimum_norm");
  EXPECT_EQ(fitted->report().details["rank"], 5);
}

TEST(LeastSquares, MeetsEveryTargetWithMoreColumnsThanRows) {
  const Toy toy = make_toy(5, 2, 1);
  const auto fitted = make_probe("least_squares")->fit(toy.labelled(), {});
  const Matrix scores = fitted->scores(toy.input());
  for (std::int64_t i = 0; i < 5; ++i)
    EXPECT_NEAR(scores.row(i)[0], toy.targets[i], 1e-4);  // float32 weights
  EXPECT_EQ(fitted->report().details["method"], "sample_space");
}

TEST(LeastSquares, UndoesTheLogarithmTrulyAndThePublishedWayTwoHigher) {
  Toy toy = make_toy(50, 2, 1);
  for (std::int64_t i = 0; i < 50; ++i) toy.targets[i] = std::expm1(toy.features.row(i)[0]);
  for (const auto& [target, above] : {std::pair("log1p", 0.0), std::pair("log1p_plus_one", 2.0)}) {
    const auto fitted = make_probe("least_squares", {{"target", target}})->fit(toy.labelled(), {});
    const Matrix scores = fitted->scores(toy.input());
    // Logarithms of up to 8 from float32 weights: 8 · 2⁻²⁴ of the number.
    for (std::int64_t i = 0; i < 50; ++i)
      EXPECT_NEAR(scores.row(i)[0], toy.targets[i] + above, 2e-6 * toy.targets[i] + 1e-6) << target;
  }
}

TEST(LeastSquares, PredictsTheLargestFloatWhereTheNumberIsBeyond) {
  Toy toy = make_toy(50, 2, 1);
  const auto fitted = make_probe("least_squares", {{"target", "log1p"}})->fit(toy.labelled(), {});
  for (float& value : toy.features.row(0)) value = 0;
  const int along = fitted->linear()->weight.row(0)[0] > 0 ? 1 : -1;
  toy.features.row(0)[0] = along * 1e6f;
  EXPECT_EQ(fitted->scores(toy.input()).row(0)[0], std::numeric_limits<float>::max());
}

TEST(LeastSquares, FitsWithoutABias) {
  Toy toy = make_toy(50, 2, 1);
  for (std::int64_t i = 0; i < 50; ++i) toy.targets[i] = 3 * toy.features.row(i)[2];
  const auto fitted = make_probe("least_squares", {{"fit_intercept", false}})->fit(toy.labelled(), {});
  EXPECT_EQ(fitted->linear()->bias[0], 0);
  EXPECT_NEAR(fitted->linear()->weight.row(0)[2], 3, 1e-6);
}

}  // namespace
}  // namespace sonde::probes
