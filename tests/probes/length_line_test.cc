#include <gtest/gtest.h>

#include <cmath>

#include "sonde/probes/probe.h"

namespace sonde::probes {
namespace {

std::unique_ptr<FittedProbe> fit(const std::vector<std::int64_t>& lengths,
                                 const std::vector<double>& targets) {
  return make_probe("length_line")->fit({.input = ProbeInput::of_lengths(lengths), .targets = targets}, {});
}

TEST(LengthLine, FindsALineThatIsThere) {
  const std::vector<std::int64_t> lengths{0, 3, 9, 30, 100}, more{1, 50};
  std::vector<double> targets;
  for (const std::int64_t length : lengths) targets.push_back(2 - 3 * std::log1p(double(length)));
  const Matrix scores = fit(lengths, targets)->scores(ProbeInput::of_lengths(more));
  // Weight and bias are stored as floats, to 6e-8 of values up to 14.
  EXPECT_NEAR(scores.row(0)[0], 2 - 3 * std::log(2.0), 2e-6);
  EXPECT_NEAR(scores.row(1)[0], 2 - 3 * std::log(51.0), 2e-6);
}

// The residuals of a least-squares line sum to 0, and so do their products with its column.
TEST(LengthLine, LeavesResidualsThatTheColumnDoesNotExplain) {
  const std::vector<std::int64_t> lengths{4, 8, 15, 16, 23, 42};
  const std::vector<double> targets{1, 0, 3, 2, 5, 3};
  const Matrix scores = fit(lengths, targets)->scores(ProbeInput::of_lengths(lengths));
  double sum = 0, product = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const double off = targets[i] - scores.row(static_cast<std::int64_t>(i))[0];
    sum += off;
    product += off * std::log1p(double(lengths[i]));
  }
  EXPECT_NEAR(sum, 0, 3e-6);  // six floats of size 4
  EXPECT_NEAR(product, 0, 1e-5);
}

TEST(LengthLine, IsTheMeanWhenEveryTextIsAsLong) {
  const std::vector<std::int64_t> lengths{7, 7, 7};
  const Matrix scores = fit(lengths, {1, 2, 6})->scores(ProbeInput::of_lengths(lengths));
  EXPECT_EQ(scores.row(2)[0], 3);
}

}  // namespace
}  // namespace sonde::probes
