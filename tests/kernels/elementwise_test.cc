// Activation functions against their definitions in doubles, into the tails; sums and products; and that an
// element's bits do not depend on its place.
#include "sonde/kernels/elementwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "../files/scratch_folder.h"
#include "numbers.h"

namespace sonde::kernels {
namespace {

constexpr Activation kAll[] = {Activation::gelu, Activation::gelu_tanh, Activation::relu,
                               Activation::silu, Activation::tanh,      Activation::sigmoid};

double exact(Activation activation, double x) {
  switch (activation) {
    case Activation::gelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
  }
  return std::nan("");
}

float one(Activation activation, float x) {
  Buffer buffer(1, 1);
  buffer.view().row(0)[0] = x;
  activate(activation, buffer.view(), buffer.view());
  return buffer.view().row(0)[0];
}

TEST(ActivationNamedTest, KnowsTheWordsOfConfigs) {
  EXPECT_EQ(activation_named("gelu"), Activation::gelu);
  for (const char* word : {"gelu_new", "gelu_fast", "gelu_pytorch_tanh"}) {
    EXPECT_EQ(activation_named(word), Activation::gelu_tanh);
  }
  EXPECT_EQ(activation_named("silu"), Activation::silu);
  EXPECT_EQ(activation_named("swish"), Activation::silu);
  EXPECT_EQ(activation_named("relu"), Activation::relu);
  EXPECT_EQ(activation_named("tanh"), Activation::tanh);
  EXPECT_EQ(activation_named("sigmoid"), Activation::sigmoid);
}

TEST(ActivationNamedTest, AnUnknownWordAnswersWithTheNearest) {
  const Error error = files::error_of([] { activation_named("geluu"); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), ::testing::HasSubstr("unknown activation function 'geluu'"));
  EXPECT_THAT(error.what(), ::testing::HasSubstr("did you mean 'gelu'"));
}

using ElementwiseSimdTest = SimdTest;

TEST_P(ElementwiseSimdTest, ActivationsFollowTheirDefinitions) {
  for (const Activation activation : kAll) {
    for (int i = -24000; i <= 24000; ++i) {
      const float x = static_cast<float>(i) / 2000;
      // erf errs by 3.3e-7 and is multiplied by x/2; the others by a few roundings of x or of 1.
      const double allowed = 5e-7 * std::max(1.0, 0.5 * std::abs(static_cast<double>(x)));
      ASSERT_NEAR(one(activation, x), exact(activation, x), allowed) << static_cast<int>(activation);
    }
  }
}

TEST_P(ElementwiseSimdTest, TailsAreTheirLimits) {
  for (const float x : {30.0f, 88.0f, 90.0f, 105.0f, 130.0f, 300.0f, 1e4f, 1e6f}) {
    for (const Activation activation : kAll) {
      for (const float signed_x : {x, -x}) {
        EXPECT_NEAR(one(activation, signed_x), exact(activation, signed_x), 2e-7 * x)
            << static_cast<int>(activation) << " at " << signed_x;
      }
    }
  }
}

TEST_P(ElementwiseSimdTest, NaNComesOutAsNaN) {
  for (const Activation activation : kAll) {
    EXPECT_TRUE(std::isnan(one(activation, std::numeric_limits<float>::quiet_NaN())))
        << static_cast<int>(activation);
  }
}

TEST_P(ElementwiseSimdTest, AnElementsBitsDependOnNoPlace) {
  Buffer x = Buffer::drawn("x", 3, 67, 2);
  for (const Activation activation : kAll) {
    Buffer y(3, 67, 4);
    activate(activation, x.view(), y.view());
    EXPECT_TRUE(y.spare_columns_untouched());
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 67; ++j) {
        const float alone = one(activation, x.view().row(i)[j]);
        EXPECT_TRUE(same_bits({&alone, 1}, y.view().row(i).subspan(j, 1))) << i << " " << j;
      }
    }
  }
}

TEST_P(ElementwiseSimdTest, ASoftCapFollowsItsFormulaAndBoundsEverything) {
  for (const float cap : {0.5f, 30.0f}) {
    Buffer x = Buffer::drawn("x", 3, 67, 2), y(3, 67, 1);
    for (float& value : x.view().row(1)) value *= 100;
    x.view().row(2)[0] = std::numeric_limits<float>::infinity();
    x.view().row(2)[1] = std::numeric_limits<float>::quiet_NaN();
    soft_cap(x.view(), cap, y.view());
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 67; ++j) {
        const float in = x.view().row(i)[j], got = y.view().row(i)[j];
        if (std::isnan(in)) {
          EXPECT_TRUE(std::isnan(got));
        } else {
          ASSERT_NEAR(got, cap * std::tanh(static_cast<double>(in) / cap), 3e-7 * cap) << in;
        }
      }
    }
    EXPECT_TRUE(y.spare_columns_untouched());
  }
}

TEST_P(ElementwiseSimdTest, SumsAndProductsAreExactlyRounded) {
  for (const std::int64_t width : {1, 3, 8, 24, 67}) {
    Buffer a = Buffer::drawn("a", 3, width, 1), b = Buffer::drawn("b", 3, width, 2);
    Buffer sum(3, width, 3), product(3, width, 3);
    add(a.view(), b.view(), sum.view());
    multiply(a.view(), b.view(), product.view());
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < width; ++j) {
        const float u = a.view().row(i)[j], v = b.view().row(i)[j];
        EXPECT_EQ(sum.view().row(i)[j], u + v);
        EXPECT_EQ(product.view().row(i)[j], u * v);
      }
    }
    EXPECT_TRUE(sum.spare_columns_untouched() && product.spare_columns_untouched());
  }
}

TEST_P(ElementwiseSimdTest, ResultsMayOverwriteEitherInput) {
  for (const std::int64_t width : {1, 24, 67}) {
    Buffer a = Buffer::drawn("a", 2, width), b = Buffer::drawn("b", 2, width), expected(2, width);
    add(a.view(), b.view(), expected.view());
    Buffer first = a, second = b;
    add(first.view(), b.view(), first.view());
    add(a.view(), second.view(), second.view());
    for (std::int64_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(same_bits(first.view().row(i), expected.view().row(i)));
      EXPECT_TRUE(same_bits(second.view().row(i), expected.view().row(i)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, ElementwiseSimdTest,
                         ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()), simd_name);

}  // namespace
}  // namespace sonde::kernels
