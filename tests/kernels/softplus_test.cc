#include "sonde/kernels/softplus.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "numbers.h"

namespace sonde::kernels {
namespace {

using SoftplusSimdTest = SimdTest;

TEST_P(SoftplusSimdTest, EqualsTheDefinitionFarOutToo) {
  std::vector<double> z;
  for (double value = -740; value <= 740; value += 0.37) z.push_back(value);
  z.insert(z.end(), {0.0, 1e-300, -1e-300, 5000, -5000});
  std::vector<double> slope = z, loss(z.size());
  softplus(slope, loss);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double e = std::exp(-std::abs(z[i]));
    // Highway states 1 ulp for exp and 2 for log1p; sums and the quotient add 1 each. Below 1e-307 numbers
    // lose digits.
    const double ulps = 6 * 0x1.0p-52;
    const double expected = std::max(z[i], 0.0) + std::log1p(e);
    EXPECT_NEAR(loss[i], expected, ulps * expected + 1e-307) << z[i];
    const double up = (z[i] > 0 ? 1 : e) / (1 + e);
    EXPECT_NEAR(slope[i], up, ulps * up + 1e-307) << z[i];
  }
}

TEST_P(SoftplusSimdTest, AValueDoesNotDependOnItsNeighbours) {
  std::vector<double> z;
  for (int i = 0; i < 37; ++i) z.push_back(0.61 * i - 11);
  std::vector<double> slope = z, loss(z.size());
  softplus(slope, loss);
  for (std::size_t i = 0; i < z.size(); ++i) {
    double alone = z[i], alone_loss = 0;
    softplus({&alone, 1}, {&alone_loss, 1});
    EXPECT_EQ(alone, slope[i]);
    EXPECT_EQ(alone_loss, loss[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, SoftplusSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
