// The loss and its gradient against their definitions in doubles, at every SIMD level.
#include "sonde/kernels/cross_entropy.h"

#include <gtest/gtest.h>

#include "numbers.h"

namespace sonde::kernels {
namespace {

using CrossEntropyTest = SimdTest;
INSTANTIATE_TEST_SUITE_P(Level, CrossEntropyTest, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

struct Expected {
  double loss = 0;
  std::vector<double> gradient;
};

Expected by_definition(MatrixView logits, std::span<const std::int32_t> labels, double weight) {
  Expected expected;
  for (std::int64_t i = 0; i < logits.rows; ++i) {
    double sum = 0;
    for (const double z : logits.row(i)) sum += std::exp(z - logits.row(i)[labels[i]]);
    expected.loss += std::log(sum);
    for (std::int64_t c = 0; c < logits.cols; ++c) {
      const double p = std::exp(static_cast<double>(logits.row(i)[c]) - logits.row(i)[labels[i]]) / sum;
      expected.gradient.push_back(weight * (p - (c == labels[i] ? 1 : 0)));
    }
  }
  return expected;
}

TEST_P(CrossEntropyTest, IsItsDefinition) {
  for (const std::int64_t k : {1, 2, 7, 16, 33, 1000}) {
    Matrix logits(5, k);
    const std::vector<float> values = draw("logits", 5 * k);
    for (std::int64_t i = 0; i < 5 * k; ++i) logits.data()[i] = 9 * values[i];
    std::vector<std::int32_t> labels;
    for (std::int32_t i = 0; i < 5; ++i) labels.push_back(static_cast<std::int32_t>((i * 3 + 1) % k));
    const Expected expected = by_definition(logits.view(), labels, 0.25);
    const double loss = cross_entropy(logits.view(), labels, 0.25f);
    // Sums of k exponentials in float: a relative error of a few 1e-7.
    EXPECT_NEAR(loss, expected.loss, 1e-6 * (1 + expected.loss)) << " k " << k;
    for (std::int64_t i = 0; i < 5 * k; ++i)
      EXPECT_NEAR(logits.data()[i], expected.gradient[i], 3e-7) << " k " << k << " at " << i;
  }
}

// Relative to the exponential itself, from 1 down to where it counts as nothing.
TEST_P(CrossEntropyTest, ExponentialsAreExactToTheLastPlaces) {
  constexpr std::int64_t kCount = 4096;
  Matrix logits(1, kCount);
  for (std::int64_t i = 0; i < kCount; ++i)
    logits.data()[i] = -60.0F * static_cast<float>(i) / static_cast<float>(kCount);
  std::vector<double> exponentials;
  double sum = 0;
  for (const float z : logits.row(0)) sum += exponentials.emplace_back(std::exp(static_cast<double>(z)));
  const std::vector<std::int32_t> labels = {1};
  (void)cross_entropy(logits.view(), labels, 1);
  for (std::int64_t i = 2; i < kCount; ++i) {
    const double share = exponentials[i] / sum;
    // Two units in the last place (2.4e-7), the product, and a sum of 4,096 in float.
    if (exponentials[i] > 1.01e-25) EXPECT_NEAR(logits.data()[i] / share, 1, 8e-7) << i;
    if (exponentials[i] < 0.99e-25) EXPECT_EQ(logits.data()[i], 0) << i;
  }
}

TEST_P(CrossEntropyTest, SurvivesHugeLogits) {
  Matrix logits(2, 3);
  const std::vector<float> values = {1e30f, 0, -1e30f, -2000, -2000, -2000};
  std::copy(values.begin(), values.end(), logits.data());
  const std::vector<std::int32_t> labels = {0, 2};
  EXPECT_NEAR(cross_entropy(logits.view(), labels, 1), std::log(3.0), 1e-6);  // 0 + ln 3, one float rounding
  EXPECT_EQ(logits.row(0)[0], 0);
  EXPECT_EQ(logits.row(0)[2], 0);
  EXPECT_NEAR(logits.row(1)[0], 1.0 / 3, 1e-7);
}

}  // namespace
}  // namespace sonde::kernels
