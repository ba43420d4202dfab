#include <gtest/gtest.h>

#include <cmath>

#include "toy.h"

namespace sonde::probes {
namespace {

// The optimum is known where it must be: with one threshold in the data, longer means the second class.
TEST(Length, RisesWithTheLogarithmOfTheCount) {
  const Toy toy = make_toy(200, 2, 1);
  const auto fitted = make_probe("length")->fit(toy.labelled(), {});
  const std::vector<std::int64_t> lengths{1, 3, 7, 15, 31};
  const Matrix scores = fitted->scores(ProbeInput::of_lengths(lengths));
  double step = 0;
  for (int i = 1; i < 5; ++i) {
    const auto logit = [&](int row) { return std::log(scores.row(row)[1] / scores.row(row)[0]); };
    const double now = logit(i) - logit(i - 1);  // ln(1 + count) rises by ln 2 each time
    EXPECT_GT(now, 0);
    if (i > 1) EXPECT_NEAR(now, step, 1e-3 * step);
    step = now;
  }
  EXPECT_GT(accuracy_of(*fitted, toy), 0.6);
}

TEST(Length, FallsBackToTheFrequenciesWhenAllAreEqual) {
  Toy toy = make_toy(30, 3, 1);
  toy.lengths.assign(30, 12);
  const Matrix scores = make_probe("length")->fit(toy.labelled(), {})->scores(toy.input());
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(scores.row(0)[c], 1.0 / 3, 1e-6);
}

}  // namespace
}  // namespace sonde::probes
