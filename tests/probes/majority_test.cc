#include <gtest/gtest.h>

#include "toy.h"

namespace sonde::probes {
namespace {

TEST(Majority, GivesTheTrainingFrequencies) {
  const std::vector<std::int32_t> labels{0, 2, 1, 2, 2, 0, 2, 2};
  const std::vector<std::string> classes{"a", "b", "c"};
  const auto fitted = make_probe("majority")->fit({ProbeInput::of_count(8), labels, classes}, {});
  const Matrix scores = fitted->scores(ProbeInput::of_count(3));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FLOAT_EQ(scores.row(i)[0], 0.25f);
    EXPECT_FLOAT_EQ(scores.row(i)[1], 0.125f);
    EXPECT_FLOAT_EQ(scores.row(i)[2], 0.625f);
  }
  EXPECT_EQ(predicted_classes(scores.view()), (std::vector<std::int32_t>{2, 2, 2}));
}

TEST(Majority, HasNothingToIterateOrCertify) {
  const Toy toy = make_toy(10, 2, 1);
  const auto fitted = make_probe("majority")->fit(toy.labelled(), {});
  EXPECT_TRUE(fitted->report().converged);
  EXPECT_EQ(fitted->report().n_iter, 0);
  EXPECT_FALSE(fitted->report().certificate.has_value());
  EXPECT_EQ(fitted->linear(), nullptr);
}

}  // namespace
}  // namespace sonde::probes
