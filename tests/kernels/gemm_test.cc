// Products against a sum in doubles over odd shapes, for both backends; and the contract on which packing
// rests: a row's bits do not depend on the rows beside it.
#include "sonde/kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numbers>
#include <thread>

#include "numbers.h"
#include "sonde/kernels/amx_internal.h"
#include "sonde/kernels/gemm_internal.h"

namespace sonde::kernels {
namespace {

struct Weight {
  std::vector<float> values, bias;
  DenseWeight dense;

  Weight(std::int64_t inputs, std::int64_t outputs, WeightLayout layout, bool with_bias)
      : values(draw("weight", inputs * outputs)), bias(draw("bias", with_bias ? outputs : 0)) {
    dense = {.values = values, .inputs = inputs, .outputs = outputs, .layout = layout, .bias = bias};
  }

  double at(std::int64_t input, std::int64_t output) const {
    return dense.layout == WeightLayout::out_in ? values[output * dense.inputs + input]
                                                : values[input * dense.outputs + output];
  }
};

double same(double x) { return x; }

// Round to bfloat16 the slow way: of the numbers with 8 significant bits around x, the nearest, ties to even.
double as_bfloat16(double x) {
  if (x == 0) return x;
  int exponent = 0;
  std::frexp(x, &exponent);
  const double unit = std::ldexp(1.0, exponent - 8);
  return std::nearbyint(x / unit) * unit;
}

// Largest error of y against the product of rounded factors, in units of what `inputs` roundings of float
// sums may bring.
double worst_error(const Weight& weight, MatrixView x, MatrixView y, double (*rounded)(double) = same) {
  double worst = 0;
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t j = 0; j < y.cols; ++j) {
      double sum = weight.bias.empty() ? 0 : weight.bias[j], size = std::abs(sum);
      for (std::int64_t k = 0; k < x.cols; ++k) {
        const double term = rounded(x.row(i)[k]) * rounded(weight.at(k, j));
        sum += term;
        size += std::abs(term);
      }
      const double allowed = static_cast<double>(x.cols + 2) * 0x1p-24 * size + 1e-30;
      worst = std::max(worst, std::abs(y.row(i)[j] - sum) / allowed);
    }
  }
  return worst;
}

void expect_right(const Weight& weight, std::int64_t rows, GemmBackend backend) {
  const auto packed = pack_weight(weight.dense, backend);
  Buffer x = Buffer::drawn("x", rows, weight.dense.inputs, 3);
  Buffer y(rows, weight.dense.outputs, 5);
  packed->multiply(x.view(), y.view());
  const bool rounds = backend == GemmBackend::highway_bfloat16 || backend == GemmBackend::amx_bfloat16;
  const auto rounded = rounds ? as_bfloat16 : same;
  EXPECT_LE(worst_error(weight, x.view(), y.view(), rounded), 1.0)
      << "[" << rows << ", " << weight.dense.inputs << "] · [" << weight.dense.outputs << "]";
  EXPECT_TRUE(y.spare_columns_untouched());
}

void expect_right_on_odd_shapes(GemmBackend backend) {
  const RandomStream shapes(7, "shapes");
  std::uint64_t draws = 0;
  for (const WeightLayout layout : {WeightLayout::out_in, WeightLayout::in_out}) {
    for (const bool with_bias : {false, true}) {
      for (int i = 0; i < 60; ++i) {
        const auto drawn = [&](std::uint64_t most) {
          return static_cast<std::int64_t>(shapes.below(most, draws++)) + 1;
        };
        const std::int64_t rows = drawn(40), inputs = drawn(70), outputs = drawn(70);
        expect_right(Weight(inputs, outputs, layout, with_bias), rows, backend);
      }
      expect_right(Weight(1, 1, layout, with_bias), 1, backend);
      expect_right(Weight(64, 64, layout, with_bias), 32, backend);
      expect_right(Weight(384, 33, layout, with_bias), 97, backend);
      expect_right(Weight(256, 17, layout, with_bias), 31, backend);
      expect_right(Weight(1100, 40, layout, with_bias), 50, backend);
    }
  }
}

void expect_not_finite_kept(GemmBackend backend) {
  const std::vector<float> one = {1.0f};
  const auto packed = pack_weight({.values = one, .inputs = 1, .outputs = 1}, backend);
  for (const std::int64_t rows : {1, 40}) {
    Buffer x(rows, 1), y(rows, 1);
    const float infinity = std::numeric_limits<float>::infinity();
    // A NaN whose payload lies in the bits that rounding drops, and the largest float, which rounds to
    // infinity.
    const std::vector<float> numbers = {std::bit_cast<float>(0x7F800001u), infinity, -infinity,
                                        std::numeric_limits<float>::max()};
    for (const float number : numbers) {
      for (std::int64_t i = 0; i < rows; ++i) x.view().row(i)[0] = number;
      packed->multiply(x.view(), y.view());
      const float got = y.view().row(rows - 1)[0];
      EXPECT_TRUE(std::isnan(number) ? std::isnan(got) : got == std::copysign(infinity, number)) << number;
    }
  }
}

void expect_rows_on_their_own(GemmBackend backend) {
  constexpr std::int64_t kRows = 120;
  for (const auto& [inputs, outputs] :
       {std::pair<std::int64_t, std::int64_t>{1, 1}, {33, 17}, {70, 64}, {384, 48}, {129, 200}, {500, 33}}) {
    const Weight weight(inputs, outputs, WeightLayout::out_in, true);
    const auto packed = pack_weight(weight.dense, backend);
    Buffer x = Buffer::drawn("x", kRows, inputs, 2), all(kRows, outputs);
    packed->multiply(x.view(), all.view());
    for (std::int64_t rows = 1; rows <= 40; ++rows) {
      for (const std::int64_t first : {std::int64_t{0}, std::int64_t{1}, std::int64_t{13}, kRows - rows}) {
        Buffer some(rows, outputs, 7);
        packed->multiply(x.rows(first, rows), some.view());
        for (std::int64_t i = 0; i < rows; ++i) {
          ASSERT_TRUE(same_bits(some.view().row(i), all.view().row(first + i)))
              << "row " << i << " of " << rows << " from " << first << ", " << inputs << " inputs, "
              << outputs << " outputs";
        }
      }
    }
  }
}

// A shape of a weight.
struct Extent {
  std::int64_t inputs, outputs;
};

void expect_threads_agree(GemmBackend backend, Extent extent) {
  const auto [inputs, outputs] = extent;
  const Weight weight(inputs, outputs, WeightLayout::out_in, true);
  const auto packed = pack_weight(weight.dense, backend);
  Buffer x = Buffer::drawn("x", 40, inputs), expected(40, outputs);
  packed->multiply(x.view(), expected.view());
  std::vector<Buffer> results(4, Buffer(40, outputs));
  std::vector<std::jthread> threads;
  for (std::int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t, inputs = inputs] {
      Buffer own = Buffer::drawn("x", 40, inputs);
      for (std::int64_t rows = 1; rows <= 40; ++rows) {
        packed->multiply(own.rows(40 - rows, rows), results[t].rows(40 - rows, rows));
      }
    });
  }
  threads.clear();
  for (Buffer& result : results) {
    for (std::int64_t i = 0; i < 40; ++i) {
      EXPECT_TRUE(same_bits(result.view().row(i), expected.view().row(i)));
    }
  }
}

TEST(OnednnGemmTest, AgreesWithDoublesOnOddShapes) { expect_right_on_odd_shapes(GemmBackend::onednn); }

TEST(OnednnGemmTest, RowsStandOnTheirOwnWhereItIsChosen) {
  if ((hwy::SupportedTargets() & HWY_AVX3) == 0) GTEST_SKIP() << "no AVX-512 here";
  expect_rows_on_their_own(GemmBackend::onednn);
  expect_threads_agree(GemmBackend::onednn, {384, 1536});
  expect_threads_agree(GemmBackend::onednn, {1536, 384});
}

TEST(OnednnGemmTest, NoRowsAreNoWork) {
  const Weight weight(5, 4, WeightLayout::out_in, true);
  Buffer x(0, 5), y(0, 4);
  EXPECT_NO_THROW(pack_weight(weight.dense, GemmBackend::onednn)->multiply(x.view(), y.view()));
}

TEST(AmxGemmTest, AgreesWithDoublesOnOddShapes) {
  if (!amx_is_there()) GTEST_SKIP() << "no AMX here";
  expect_right_on_odd_shapes(GemmBackend::amx);
  expect_right_on_odd_shapes(GemmBackend::amx_bfloat16);
}

TEST(AmxGemmTest, KeepsWhatIsNotFinite) {
  if (!amx_is_there()) GTEST_SKIP() << "no AMX here";
  expect_not_finite_kept(GemmBackend::amx_bfloat16);
  const Weight weight(300, 1, WeightLayout::out_in, true);
  const auto packed = pack_weight(weight.dense, GemmBackend::amx);
  Buffer x = Buffer::drawn("x", 2, 300), y(2, 1);
  x.view().row(0)[7] = std::numeric_limits<float>::infinity();
  x.view().row(1)[299] = std::numeric_limits<float>::quiet_NaN();
  packed->multiply(x.view(), y.view());
  EXPECT_FALSE(std::isfinite(y.view().row(0)[0]));
  EXPECT_TRUE(std::isnan(y.view().row(1)[0]));
}

TEST(AmxGemmTest, RowsStandOnTheirOwn) {
  if (!amx_is_there()) GTEST_SKIP() << "no AMX here";
  expect_rows_on_their_own(GemmBackend::amx);
  expect_rows_on_their_own(GemmBackend::amx_bfloat16);
}

// Rows as models have them: like noise, one number far above the rest, what GELU leaves, all much alike.
enum class Rows { gaussian, outlier, gelu, alike };

// Draw number `at` of a normal distribution. Source: Box and Muller 1958.
double normal(const RandomStream& stream, std::uint64_t at) {
  const double size = std::sqrt(-2 * std::log(1 - stream.uniform(2 * at)));
  return size * std::cos(2 * std::numbers::pi * stream.uniform(2 * at + 1));
}

float row_entry(Rows rows, const RandomStream& stream, std::uint64_t at, std::int64_t k) {
  const double drawn = normal(stream, at);
  switch (rows) {
    case Rows::gaussian:
      return static_cast<float>(drawn);
    case Rows::outlier:
      return static_cast<float>(k == 7 ? 100 : drawn);
    case Rows::gelu:
      return static_cast<float>(drawn * 0.5 * std::erfc(-drawn / std::numbers::sqrt2));
    case Rows::alike:
      return static_cast<float>(1 + 0.1 * drawn);
  }
  return 0;
}

// Root mean square of the errors of y, and of a chain of float multiply-adds, relative to |x|·|w|.
struct Errors {
  double ours = 0, chain = 0;
};

Errors errors_of(MatrixView x, const Weight& weight, MatrixView y) {
  Errors errors;
  for (std::int64_t i = 0; i < y.rows; ++i) {
    for (std::int64_t j = 0; j < y.cols; ++j) {
      double sum = 0, x_square = 0, w_square = 0;
      float chain = 0;
      for (std::int64_t k = 0; k < x.cols; ++k) {
        const double a = x.row(i)[k], b = weight.at(k, j);
        sum += a * b;
        x_square += a * a;
        w_square += b * b;
        chain = std::fma(x.row(i)[k], static_cast<float>(b), chain);
      }
      const double size = x_square * w_square;
      errors.ours += (y.row(i)[j] - sum) * (y.row(i)[j] - sum) / size;
      errors.chain += (chain - sum) * (chain - sum) / size;
    }
  }
  const double count = static_cast<double>(y.rows * y.cols);
  return {std::sqrt(errors.ours / count), std::sqrt(errors.chain / count)};
}

TEST(AmxGemmTest, IsAsAccurateAsAChainOfFloats) {
  if (!amx_is_there()) GTEST_SKIP() << "no AMX here";
  for (const std::int64_t inputs : {128, 256, 384, 500, 768, 1536, 3072}) {
    Weight weight(inputs, 48, WeightLayout::out_in, false);
    const RandomStream stream(3, "numbers");
    for (std::size_t i = 0; i < weight.values.size(); ++i)
      weight.values[i] = static_cast<float>(0.05 * normal(stream, (std::uint64_t{1} << 40) + i));
    const auto packed = pack_weight(weight.dense, GemmBackend::amx);
    for (const Rows rows : {Rows::gaussian, Rows::outlier, Rows::gelu, Rows::alike}) {
      Buffer x(32, inputs), y(32, 48);
      for (std::int64_t i = 0; i < 32; ++i) {
        for (std::int64_t k = 0; k < inputs; ++k)
          x.view().row(i)[k] = row_entry(rows, stream, static_cast<std::uint64_t>(i * inputs + k), k);
      }
      packed->multiply(x.view(), y.view());
      const Errors errors = errors_of(x.view(), weight, y.view());
      // Rounded numbers weigh less the more there are, rounded sums do not: measured, 1.05 at 384 inputs, 0.4
      // at 3,072.
      EXPECT_LE(errors.ours, 1.1 * errors.chain) << inputs << " inputs, rows " << static_cast<int>(rows);
    }
  }
}

TEST(AmxGemmTest, ZeroAndTinyRowsAreNothing) {
  if (!amx_is_there()) GTEST_SKIP() << "no AMX here";
  const Weight weight(300, 20, WeightLayout::in_out, true);
  const auto packed = pack_weight(weight.dense, GemmBackend::amx);
  Buffer x(3, 300), y(3, 20);
  std::ranges::fill(x.view().row(0), 0.0f);
  std::ranges::fill(x.view().row(1), -0.0f);
  std::ranges::fill(x.view().row(2), std::numeric_limits<float>::denorm_min());
  packed->multiply(x.view(), y.view());
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_TRUE(same_bits(y.view().row(i), weight.bias));
}

TEST(GemmTest, PackedBytesCoverTheWeightAndItsBias) {
  const Weight weight(37, 29, WeightLayout::out_in, true);
  for (const GemmBackend backend : {GemmBackend::highway, GemmBackend::onednn}) {
    EXPECT_GE(pack_weight(weight.dense, backend)->bytes(), (37 * 29 + 29) * 4);
  }
}

TEST(GemmTest, ShapesThatDoNotFitAreOurBug) {
  Weight weight(5, 4, WeightLayout::out_in, true);
  Buffer x(2, 6), y(2, 4);
  for (const GemmBackend backend : {GemmBackend::highway, GemmBackend::onednn}) {
    EXPECT_THROW(pack_weight(weight.dense, backend)->multiply(x.view(), y.view()), Error);
  }
  weight.dense.inputs = 6;
  EXPECT_THROW(pack_weight(weight.dense), Error);
}

using GemmSimdTest = SimdTest;

TEST_P(GemmSimdTest, HighwayAgreesWithDoublesOnOddShapes) {
  expect_right_on_odd_shapes(GemmBackend::highway);
}

TEST_P(GemmSimdTest, Bfloat16AgreesWithDoublesOfRoundedNumbersOnOddShapes) {
  expect_right_on_odd_shapes(GemmBackend::highway_bfloat16);
}

TEST_P(GemmSimdTest, Bfloat16TakesHalfTheMemory) {
  const Weight weight(70, 64, WeightLayout::out_in, false);
  EXPECT_EQ(pack_weight(weight.dense, GemmBackend::highway_bfloat16)->bytes(), 70 * 64 * 2);
}

TEST_P(GemmSimdTest, Bfloat16KeepsWhatIsNotFinite) { expect_not_finite_kept(GemmBackend::highway_bfloat16); }

TEST_P(GemmSimdTest, ARowsBitsDependOnNoOtherRow) {
  expect_rows_on_their_own(best_gemm_backend());
  expect_rows_on_their_own(best_gemm_backend(GemmPrecision::bfloat16));
}

TEST_P(GemmSimdTest, NaNStaysInItsRow) {
  const Weight weight(300, 17, WeightLayout::in_out, true);
  const auto packed = pack_weight(weight.dense, best_gemm_backend());
  Buffer x = Buffer::drawn("x", 30, 300), before(30, 17), after(30, 17);
  packed->multiply(x.view(), before.view());
  x.view().row(11)[5] = std::numeric_limits<float>::quiet_NaN();
  packed->multiply(x.view(), after.view());
  for (std::int64_t i = 0; i < 30; ++i) {
    if (i == 11) continue;
    EXPECT_TRUE(same_bits(before.view().row(i), after.view().row(i))) << i;
  }
  EXPECT_TRUE(std::ranges::all_of(after.view().row(11), [](float y) { return std::isnan(y); }));
}

TEST_P(GemmSimdTest, ManyThreadsMayUseOneWeight) {
  expect_threads_agree(best_gemm_backend(), {70, 50});
  expect_threads_agree(best_gemm_backend(), {384, 1536});
}

INSTANTIATE_TEST_SUITE_P(Levels, GemmSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
