#include <gtest/gtest.h>

#include <cmath>

#include "toy.h"

namespace sonde::probes {
namespace {

std::vector<float> weight_of(const FittedProbe& fitted) { return values_of(fitted.linear()->weight); }

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t j = 0; j < a.size(); ++j) {
    ab += double(a[j]) * b[j];
    aa += double(a[j]) * a[j];
    bb += double(b[j]) * b[j];
  }
  return ab / std::sqrt(aa * bb);
}

TEST(RandomDirection, KeepsItsDirectionWhateverTheLabels) {
  Toy toy = make_toy(80, 2, 1);
  const auto probe = make_probe("random_direction");
  const auto a = weight_of(*probe->fit(toy.labelled(), {.seed = 3}));
  for (std::size_t i = 0; i < toy.labels.size(); ++i) toy.labels[i] = i % 3 == 0;
  const auto b = weight_of(*probe->fit(toy.labelled(), {.seed = 3}));
  EXPECT_NEAR(std::abs(cosine(a, b)), 1, 1e-6);
}

TEST(RandomDirection, ChangesWithSeedAndDraw) {
  const Toy toy = make_toy(80, 2, 1);
  const auto first = weight_of(*make_probe("random_direction")->fit(toy.labelled(), {.seed = 3}));
  const auto seed = weight_of(*make_probe("random_direction")->fit(toy.labelled(), {.seed = 4}));
  const auto draw =
      weight_of(*make_probe("random_direction", {{"draw", 1}})->fit(toy.labelled(), {.seed = 3}));
  EXPECT_LT(std::abs(cosine(first, seed)), 0.99);
  EXPECT_LT(std::abs(cosine(first, draw)), 0.99);
}

// With one feature there is only one direction, so it must equal the probe that learns.
TEST(RandomDirection, EqualsLogisticOnASingleFeature) {
  const Toy toy = make_toy(60, 2, 1);
  const MatrixView single{toy.features.data(), 60, 1, 6};
  const LabelledInput train{ProbeInput::of_features(single), toy.labels, toy.classes};
  const Matrix a = make_probe("random_direction")->fit(train, {})->scores(train.input);
  const Matrix b = make_probe("logistic")->fit(train, {})->scores(train.input);
  for (std::int64_t i = 0; i < 60; ++i) EXPECT_NEAR(a.row(i)[1], b.row(i)[1], 1e-5);
}

}  // namespace
}  // namespace sonde::probes
