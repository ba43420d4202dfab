// Norms against their formulas in doubles, their invariants, and that a row depends on no other row.
#include "sonde/kernels/normalize.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "numbers.h"

namespace sonde::kernels {
namespace {

struct Moments {
  double mean = 0, variance = 0, mean_square = 0;
};

Moments moments(std::span<const float> row) {
  Moments m;
  const double n = static_cast<double>(row.size());
  for (const double x : row) m.mean += x / n;
  for (const double x : row) m.variance += (x - m.mean) * (x - m.mean) / n;
  for (const double x : row) m.mean_square += x * x / n;
  return m;
}

using NormalizeSimdTest = SimdTest;

TEST_P(NormalizeSimdTest, LayerNormFollowsItsFormula) {
  for (const std::int64_t width : {1, 2, 7, 8, 20, 24, 33, 384, 769}) {
    Buffer x = Buffer::drawn("x", 3, width, 2), y(3, width, 1);
    const std::vector<float> scale = draw("scale", width), shift = draw("shift", width);
    layer_norm(x.view(), scale.data(), shift.data(), 1e-3f, y.view());
    for (std::int64_t i = 0; i < 3; ++i) {
      const Moments m = moments(x.view().row(i));
      for (std::int64_t j = 0; j < width; ++j) {
        const double unit = (x.view().row(i)[j] - m.mean) / std::sqrt(m.variance + 1e-3f);
        ASSERT_NEAR(y.view().row(i)[j], unit * scale[j] + shift[j], 3e-6) << width << ": " << i << " " << j;
      }
    }
    EXPECT_TRUE(y.spare_columns_untouched());
  }
}

TEST_P(NormalizeSimdTest, NoShiftIsAShiftOfZero) {
  for (const std::int64_t width : {1, 7, 24, 33, 769}) {
    Buffer x = Buffer::drawn("x", 3, width), with(3, width), without(3, width);
    const std::vector<float> scale = draw("scale", width), zeros(width, 0.0f);
    layer_norm(x.view(), scale.data(), zeros.data(), 1e-5f, with.view());
    layer_norm(x.view(), scale.data(), nullptr, 1e-5f, without.view());
    for (std::int64_t i = 0; i < 3; ++i) EXPECT_TRUE(same_bits(with.view().row(i), without.view().row(i)));
  }
}

TEST_P(NormalizeSimdTest, LayerNormGivesMeanZeroAndVarianceOne) {
  constexpr std::int64_t kWidth = 391;
  const std::vector<float> ones(kWidth, 1.0f), zeros(kWidth, 0.0f);
  Buffer x = Buffer::drawn("x", 4, kWidth), y(4, kWidth);
  for (float& value : x.view().row(1)) value = 100 + 3 * value;  // a mean far beyond the spread
  layer_norm(x.view(), ones.data(), zeros.data(), 0.0f, y.view());
  for (std::int64_t i = 0; i < 4; ++i) {
    const Moments m = moments(y.view().row(i));
    EXPECT_NEAR(m.mean, 0, 1e-5) << i;
    EXPECT_NEAR(m.variance, 1, 1e-5) << i;
  }
}

TEST_P(NormalizeSimdTest, RmsNormFollowsItsFormula) {
  for (const std::int64_t width : {1, 2, 7, 8, 20, 24, 33, 384, 769}) {
    Buffer x = Buffer::drawn("x", 3, width, 2), y(3, width, 1);
    const std::vector<float> scale = draw("scale", width);
    rms_norm(x.view(), {scale, 1e-3f}, y.view());
    for (std::int64_t i = 0; i < 3; ++i) {
      const double root = std::sqrt(moments(x.view().row(i)).mean_square + 1e-3f);
      for (std::int64_t j = 0; j < width; ++j) {
        ASSERT_NEAR(y.view().row(i)[j], x.view().row(i)[j] / root * scale[j], 2e-6) << width;
      }
    }
    EXPECT_TRUE(y.spare_columns_untouched());
  }
}

TEST_P(NormalizeSimdTest, RmsNormOfHeadsIsThatOfEachHeadAloneAndTheOffsetJoinsTheScale) {
  for (const std::int64_t e : {1, 5, 10, 16, 67}) {
    constexpr std::int64_t kHeads = 3;
    Buffer x = Buffer::drawn("x", 2, kHeads * e, 2), y(2, kHeads * e, 1);
    std::vector<float> scale = draw("scale", e), shifted = scale;
    for (float& value : shifted) value += 1.0f;
    rms_norm(x.view(), {.scale = scale, .eps = 1e-3f, .offset = 1.0f}, y.view());
    for (std::int64_t i = 0; i < 2; ++i) {
      for (std::int64_t head = 0; head < kHeads; ++head) {
        Buffer alone(1, e);
        std::ranges::copy(x.view().row(i).subspan(head * e, e), alone.view().row(0).begin());
        rms_norm(alone.view(), {shifted, 1e-3f}, alone.view());
        EXPECT_TRUE(same_bits(y.view().row(i).subspan(head * e, e), alone.view().row(0))) << e << " " << head;
      }
    }
    EXPECT_TRUE(y.spare_columns_untouched());
  }
}

TEST_P(NormalizeSimdTest, ConstantRowsStayFinite) {
  const std::vector<float> ones(24, 1.0f), shift = draw("shift", 24);
  Buffer x(1, 24), y(1, 24);
  std::ranges::fill(x.view().row(0), 2.5f);
  layer_norm(x.view(), ones.data(), shift.data(), 1e-5f, y.view());
  EXPECT_TRUE(same_bits(y.view().row(0), shift));
  std::ranges::fill(x.view().row(0), 0.0f);
  rms_norm(x.view(), {ones, 1e-6f}, y.view());
  for (const float value : y.view().row(0)) EXPECT_EQ(value, 0.0f);
}

TEST_P(NormalizeSimdTest, ARowsBitsDependOnNoOtherRowAndResultsMayOverwrite) {
  for (const std::int64_t width : {24, 67}) {
    const std::vector<float> scale = draw("scale", width), shift = draw("shift", width);
    Buffer x = Buffer::drawn("x", 9, width), layer(9, width), rms(9, width);
    layer_norm(x.view(), scale.data(), shift.data(), 1e-5f, layer.view());
    rms_norm(x.view(), {scale, 1e-5f}, rms.view());
    for (std::int64_t i = 0; i < 9; ++i) {
      Buffer one = x, other = x;
      layer_norm(one.rows(i, 1), scale.data(), shift.data(), 1e-5f, one.rows(i, 1));
      rms_norm(other.rows(i, 1), {scale, 1e-5f}, other.rows(i, 1));
      EXPECT_TRUE(same_bits(one.view().row(i), layer.view().row(i)));
      EXPECT_TRUE(same_bits(other.view().row(i), rms.view().row(i)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, NormalizeSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
