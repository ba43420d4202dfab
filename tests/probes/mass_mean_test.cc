#include <gmock/gmock.h>

#include <cmath>

#include "toy.h"

namespace sonde::probes {
namespace {

TEST(MassMean, PointsFromTheFirstMeanToTheSecond) {
  const Toy toy = make_toy(200, 2, 1);
  const auto fitted = make_probe("mass_mean")->fit(toy.labelled(), {});
  const auto weight = fitted->linear()->weight.row(0);
  double apart[6] = {};
  for (std::int64_t i = 0; i < 200; ++i) {
    for (int j = 0; j < 6; ++j) apart[j] += (toy.labels[i] == 1 ? 0.01 : -0.01) * toy.features.row(i)[j];
  }
  // 100 rows of each class; the scale is one factor, above 0.
  const double scale = weight[0] / apart[0];
  EXPECT_GT(scale, 0);
  for (int j = 0; j < 6; ++j) EXPECT_NEAR(weight[j], scale * apart[j], 1e-6 * std::abs(scale));
}

TEST(MassMean, WhitenedIsLdaWithoutShrinkage) {
  const Toy toy = make_toy(90, 2, 1);
  const auto white = make_probe("mass_mean", {{"whiten", true}})->fit(toy.labelled(), {});
  const auto lda = make_probe("lda", {{"shrinkage", 0}})->fit(toy.labelled(), {});
  for (int j = 0; j < 6; ++j)
    EXPECT_FLOAT_EQ(white->linear()->weight.row(0)[j], lda->linear()->weight.row(0)[j]);
  const Matrix a = white->scores(toy.input()), b = lda->scores(toy.input());
  for (std::int64_t i = 0; i < 90; ++i) EXPECT_NEAR(a.row(i)[1], b.row(i)[1], 1e-6);
}

// Probabilities are those of the projection: over the training rows they average to the share of the class,
// up to how far two sums of 12 uniform numbers are from Gaussian.
TEST(MassMean, GivesProbabilitiesThatAverageToTheShareOfTheClass) {
  for (const bool whiten : {false, true}) {
    const Toy toy = make_toy(600, 2, 3);
    const auto fitted = make_probe("mass_mean", {{"whiten", whiten}})->fit(toy.labelled(), {});
    const Matrix scores = fitted->scores(toy.input());
    double sum = 0;
    for (std::int64_t i = 0; i < 600; ++i) sum += scores.row(i)[1];
    EXPECT_NEAR(sum / 600, 0.5, 0.01);
  }
}

TEST(MassMean, TakesItsOptionAsText) {
  const auto [kind, options] = parse_kind_and_options("mass_mean:whiten=true");
  EXPECT_EQ(make_probe(kind, options)->options()["whiten"], true);
}

}  // namespace
}  // namespace sonde::probes
