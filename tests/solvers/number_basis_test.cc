#include "sonde/solvers/number_basis.h"

#include <gtest/gtest.h>

#include <vector>

namespace sonde::solvers {
namespace {

// The rows that the source study's code prints for -5, 2, 1 and 0 in the range -5…5, with dimension 6.
TEST(NumberBasis, WritesTheSinusoidOfTheSource) {
  const Matrix rows = number_basis(NumberBasis::sinusoid, {-5, 5}, 6);
  const std::vector<std::pair<std::int64_t, std::vector<float>>> printed = {
      {-5, {0, 1, 0, 1, 0, 1}},
      {2, {.6570f, .7539f, -.1073f, -.9942f, .9980f, .0627f}},
      {1, {-.2794f, .9602f, .3491f, -.9371f, .9616f, .2746f}},
      {0, {-.9589f, .2837f, .7317f, -.6816f, .8806f, .4738f}}};
  ASSERT_EQ(rows.rows(), 10);
  for (const auto& [number, row] : printed) {
    // Four printed digits.
    for (int j = 0; j < 6; ++j) EXPECT_NEAR(rows.row(number + 5)[j], row[j], 5.1e-5) << number << " " << j;
  }
}

TEST(NumberBasis, BinaryDigitsGiveTheNumberBack) {
  const NumberRange range{0, 1000};
  EXPECT_EQ(natural_dim(NumberBasis::binary, range, 77), 10);
  const Matrix rows = number_basis(NumberBasis::binary, range, 10);
  for (std::int64_t x = 0; x < 1000; ++x) {
    std::int64_t number = 0;
    for (const float digit : rows.row(x)) number = 2 * number + static_cast<std::int64_t>(digit);
    EXPECT_EQ(number, x);
  }
  const Matrix wide = number_basis(NumberBasis::binary, {6, 9}, 70);
  EXPECT_EQ(wide.row(0)[67], 1);  // 6 = 110
  EXPECT_EQ(wide.row(0)[68], 1);
  EXPECT_EQ(wide.row(0)[69], 0);
  EXPECT_EQ(wide.row(0)[0], 0);
}

TEST(NumberBasis, OneHotHasAColumnForEveryNumber) {
  const Matrix rows = number_basis(NumberBasis::onehot, {-1, 3}, 4);
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) EXPECT_EQ(rows.row(i)[j], i == j ? 1 : 0);
  }
}

TEST(NumberBasis, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)number_basis(NumberBasis::binary, {0, 1000}, 9), Error);
  EXPECT_THROW((void)number_basis(NumberBasis::binary, {-2, 1000}, 12), Error);
  EXPECT_THROW((void)number_basis(NumberBasis::onehot, {0, 10}, 9), Error);
  EXPECT_THROW((void)number_basis(NumberBasis::sinusoid, {0, 10}, 1), Error);
  EXPECT_THROW((void)number_basis(NumberBasis::sinusoid, {3, 4}, 6), Error);
}

}  // namespace
}  // namespace sonde::solvers
