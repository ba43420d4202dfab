#include "sonde/kernels/adam.h"

#include <gtest/gtest.h>

#include <tuple>

#include "numbers.h"

namespace sonde::kernels {
namespace {

using AdamSimdTest = SimdTest;

// Parameters with moments as they are after some steps.
struct Trained {
  std::vector<float> parameters, first, second;

  explicit Trained(std::int64_t size)
      : parameters(draw("w", size)), first(draw("m", size)), second(draw("v", size)) {
    for (float& value : second) value *= value;
    parameters[0] = 0;  // whose sign pulls nowhere
  }
  AdamState state() { return {parameters, first, second}; }
};

constexpr AdamFactors kPlain{.new1 = 0.1f, .old2 = 0.999f, .new2 = 0.001f, .eps = 1e-8f, .step = -0.02f};
constexpr AdamFactors kPulled{.keep = 0.99f,
                              .penalty = 0.3f,
                              .l1 = 0.2f,
                              .new1 = 0.1f,
                              .old2 = 0.9f,
                              .new2 = 0.1f,
                              .eps = 1e-3f,
                              .step = -0.02f};

// The step in double precision.
void expect_step(const AdamFactors& f, const std::vector<double>& gradients, const Trained& before,
                 const Trained& after) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const double w = before.parameters[i], sign = w > 0 ? 1 : w < 0 ? -1 : 0;
    const double g = gradients[i] + f.penalty * w + f.l1 * sign;
    const double mean = before.first[i] + f.new1 * (g - before.first[i]);
    const double square = f.old2 * before.second[i] + f.new2 * g * g;
    // A few roundings of numbers of the size of the gradient and the moment.
    EXPECT_NEAR(after.first[i], mean, 1e-6 * (1 + std::abs(g))) << i;
    EXPECT_NEAR(after.second[i], square, 1e-6 * (1 + g * g)) << i;
    const double root = std::sqrt(double{after.second[i]}) + f.eps;
    EXPECT_NEAR(after.parameters[i], f.keep * w + f.step * after.first[i] / root,
                1e-6 * (1 + std::abs(f.step * after.first[i] / root)))
        << i;
  }
}

TEST_P(AdamSimdTest, StepsLikeDoublePrecision) {
  for (const AdamFactors& factors : {kPlain, kPulled}) {
    for (const std::int64_t size : {1, 15, 16, 67}) {
      const std::vector<float> gradients = draw("g", size);
      Trained trained(size);
      const Trained before = trained;
      adam_update(factors, gradients, trained.state());
      expect_step(factors, {gradients.begin(), gradients.end()}, before, trained);
    }
  }
}

TEST_P(AdamSimdTest, StepsByAProductThatIsNotStored) {
  for (const AdamFactors& factors : {kPlain, kPulled}) {
    for (const auto& [n, m, d] : {std::tuple{1, 1, 1}, {5, 7, 3}, {32, 13, 133}, {2, 6, 64}}) {
      Buffer a = Buffer::drawn("a", n, m, 4), x = Buffer::drawn("x", n, d, 2);
      std::vector<double> gradients(m * d);
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t at = 0; at < m * d; ++at)
          gradients[at] += double{a.view().row(i)[at / d]} * x.view().row(i)[at % d];
      }
      Trained trained(m * d);
      const Trained before = trained;
      adam_update(factors, a.view(), x.view(), trained.state());
      expect_step(factors, gradients, before, trained);
    }
  }
}

// Without gradients moments die out and become 0, and so does the step.
TEST_P(AdamSimdTest, LeavesNoSubnormalNumbers) {
  std::vector<float> parameters(20, 0.5f), first(20, 1e-30f), second(20, 2e-35f);
  const std::vector<float> gradients(20);
  AdamFactors factors = kPlain;
  factors.old2 = 0.4f;
  for (int t = 0; t < 200; ++t) adam_update(factors, gradients, {parameters, first, second});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(first[i], 0);
    EXPECT_EQ(second[i], 0);
    EXPECT_EQ(parameters[i], 0.5f);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, AdamSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
