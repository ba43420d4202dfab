// Rotary positions: the formula in doubles, norms kept, products that see the difference of positions only.
#include "sonde/kernels/rotary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "numbers.h"

namespace sonde::kernels {
namespace {

constexpr std::int64_t kHeadWidth = 10, kHeads = 3;
const std::vector<float> kFrequencies = {1.0f, 0.31f, 0.1f, 0.031f, 0.01f};

Buffer rotated(Buffer x, std::vector<std::int32_t> positions) {
  rotate(x.view(), positions, {kFrequencies, kHeadWidth}, x.view());
  return x;
}

double product(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

TEST(RotateTest, TurnsPairsHalfAHeadApart) {
  Buffer x = Buffer::drawn("x", 3, kHeads * kHeadWidth, 2), y(3, kHeads * kHeadWidth, 1);
  const std::vector<std::int32_t> positions = {0, 5, 1000};
  rotate(x.view(), positions, {kFrequencies, kHeadWidth}, y.view());
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t h = 0; h < kHeads; ++h) {
      for (std::int64_t j = 0; j < kHeadWidth / 2; ++j) {
        // The angle is a float product, as in the reference implementation; at 1000 its rounding is 6e-5.
        const double angle = static_cast<float>(positions[i]) * kFrequencies[j];
        const double a = x.view().row(i)[h * kHeadWidth + j];
        const double b = x.view().row(i)[h * kHeadWidth + j + kHeadWidth / 2];
        const auto got = y.view().row(i).subspan(h * kHeadWidth);
        EXPECT_NEAR(got[j], a * std::cos(angle) - b * std::sin(angle), 3e-7);
        EXPECT_NEAR(got[j + kHeadWidth / 2], b * std::cos(angle) + a * std::sin(angle), 3e-7);
      }
    }
  }
  EXPECT_TRUE(y.spare_columns_untouched());
}

TEST(RotateTest, ThePartThatTurnsIsScaledAndTheRestOfAHeadStays) {
  constexpr std::int64_t kWider = kHeadWidth + 3;
  Buffer x = Buffer::drawn("x", 2, kHeads * kWider, 2), y(2, kHeads * kWider, 1), turning(2, kHeadWidth);
  const std::vector<std::int32_t> positions = {3, 17};
  rotate(x.view(), positions, {kFrequencies, kWider, 1.25f}, y.view());
  for (std::int64_t h = 0; h < kHeads; ++h) {
    for (std::int64_t i = 0; i < 2; ++i)
      std::ranges::copy(x.view().row(i).subspan(h * kWider, kHeadWidth), turning.view().row(i).begin());
    rotate(turning.view(), positions, {kFrequencies, kHeadWidth}, turning.view());
    for (std::int64_t i = 0; i < 2; ++i) {
      const auto got = y.view().row(i).subspan(h * kWider, kWider);
      for (std::int64_t j = 0; j < kHeadWidth; ++j)
        EXPECT_NEAR(got[j], 1.25 * turning.view().row(i)[j], 3e-7);
      EXPECT_TRUE(same_bits(got.subspan(kHeadWidth), x.view().row(i).subspan(h * kWider + kHeadWidth, 3)));
    }
  }
  EXPECT_TRUE(y.spare_columns_untouched());
  rotate(x.view(), positions, {kFrequencies, kWider, 1.25f}, x.view());
  for (std::int64_t i = 0; i < 2; ++i) EXPECT_TRUE(same_bits(x.view().row(i), y.view().row(i)));
}

TEST(RotateTest, PositionZeroChangesNothing) {
  Buffer x = Buffer::drawn("x", 1, kHeads * kHeadWidth);
  EXPECT_TRUE(same_bits(rotated(x, {0}).view().row(0), x.view().row(0)));
}

TEST(RotateTest, KeepsTheNormOfEveryHead) {
  Buffer x = Buffer::drawn("x", 4, kHeads * kHeadWidth);
  Buffer y = rotated(x, {1, 17, 300, 4000});
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::int64_t h = 0; h < kHeads; ++h) {
      const auto before = x.view().row(i).subspan(h * kHeadWidth, kHeadWidth);
      const auto after = y.view().row(i).subspan(h * kHeadWidth, kHeadWidth);
      EXPECT_NEAR(product(after, after), product(before, before), 1e-6);
    }
  }
}

TEST(RotateTest, ProductsSeeOnlyTheDifferenceOfPositions) {
  Buffer query = Buffer::drawn("query", 1, kHeadWidth), key = Buffer::drawn("key", 1, kHeadWidth);
  const auto score = [&](std::int32_t at_query, std::int32_t at_key) {
    return product(rotated(query, {at_query}).view().row(0), rotated(key, {at_key}).view().row(0));
  };
  const double expected = score(7, 3);
  for (const std::int32_t shift : {1, 10, 100}) EXPECT_NEAR(score(7 + shift, 3 + shift), expected, 2e-5);
  EXPECT_GT(std::abs(score(8, 3) - expected), 1e-3);
  EXPECT_GT(std::abs(score(3, 7) - expected), 1e-3);
}

}  // namespace
}  // namespace sonde::kernels
