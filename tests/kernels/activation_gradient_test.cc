// Slopes against differences of the functions in doubles, at every SIMD level.
#include "sonde/kernels/activation_gradient.h"

#include <gtest/gtest.h>

#include "numbers.h"

namespace sonde::kernels {
namespace {

using ActivationGradientTest = SimdTest;
INSTANTIATE_TEST_SUITE_P(Level, ActivationGradientTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()), simd_name);

double gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Central differences with h = 1e-4: an error of h² · f'''/6 < 1e-8.
double slope(double (*f)(double), double x) { return (f(x + 1e-4) - f(x - 1e-4)) / 2e-4; }

TEST_P(ActivationGradientTest, IsTheSlopeTimesWhatComesFromAbove) {
  Matrix x(3, 37), dy(3, 37), dx(3, 37);
  const std::vector<float> a = draw("x", 111), b = draw("dy", 111);
  for (std::int64_t i = 0; i < 111; ++i) x.data()[i] = 8 * a[i], dy.data()[i] = b[i];
  x.data()[5] = 0, x.data()[6] = 30, x.data()[7] = -30;
  activation_gradient(Activation::relu, x.view(), dy.view(), dx.view());
  for (std::int64_t i = 0; i < 111; ++i) EXPECT_EQ(dx.data()[i], x.data()[i] > 0 ? b[i] : 0);
  activation_gradient(Activation::gelu, x.view(), dy.view(), dx.view());
  // Float erf has an absolute error of 3.3e-7, and x times the density some roundings of numbers below 1.2.
  for (std::int64_t i = 0; i < 111; ++i)
    EXPECT_NEAR(dx.data()[i], dy.data()[i] * slope(gelu, x.data()[i]), 1e-6) << x.data()[i];
  activation_gradient(Activation::sigmoid, x.view(), dy.view(), dy.view());
  for (std::int64_t i = 0; i < 111; ++i)
    EXPECT_NEAR(dy.data()[i], b[i] * slope(sigmoid, x.data()[i]), 1e-6) << x.data()[i];
}

TEST_P(ActivationGradientTest, RefusesAFunctionWhoseSlopeItDoesNotKnow) {
  Matrix x(1, 1);
  EXPECT_THROW(activation_gradient(Activation::silu, x.view(), x.view(), x.view()), Error);
}

}  // namespace
}  // namespace sonde::kernels
