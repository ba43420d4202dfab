#include "sonde/data/token_lengths.h"

#include <gtest/gtest.h>

#include <vector>

namespace sonde::data {
namespace {

TEST(TokenLengths, GivesNumpysPercentiles) {
  const std::vector<std::int64_t> lengths{9, 2, 7, 30, 4, 4};
  const TokenLengths result = token_lengths(lengths, 1);
  EXPECT_EQ(result.min, 2);
  EXPECT_EQ(result.max, 30);
  EXPECT_EQ(result.total, 56);
  EXPECT_EQ(result.truncated, 1);
  EXPECT_DOUBLE_EQ(result.median, 5.5);  // numpy.percentile([2, 4, 4, 7, 9, 30], 50)
  EXPECT_DOUBLE_EQ(result.p95, 24.75);   // numpy.percentile([2, 4, 4, 7, 9, 30], 95)
}

TEST(TokenLengths, IsAllZeroWithoutExamples) { EXPECT_EQ(token_lengths({}, 0).max, 0); }

}  // namespace
}  // namespace sonde::data
