// The name of the SIMD level in use.
#include "sonde/kernels/simd.h"

#include <gtest/gtest.h>

#include "numbers.h"

namespace sonde::kernels {
namespace {

using SimdLevelTest = SimdTest;

TEST_P(SimdLevelTest, IsTheLevelTheKernelsRunOn) { EXPECT_EQ(simd_level(), hwy::TargetName(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Levels, SimdLevelTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
