#include <gtest/gtest.h>

#include "sonde/probes/probe.h"

namespace sonde::probes {
namespace {

TEST(Mean, SaysTheMeanOfTheTrainingTargets) {
  const std::vector<double> targets{1, 2, 6};
  const auto fitted = make_probe("mean")->fit({.input = ProbeInput::of_count(3), .targets = targets}, {});
  const Matrix scores = fitted->scores(ProbeInput::of_count(2));
  EXPECT_EQ(scores.row(0)[0], 3);
  EXPECT_EQ(scores.row(1)[0], 3);
}

}  // namespace
}  // namespace sonde::probes
