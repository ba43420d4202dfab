#include "sonde/solvers/lanczos.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace sonde::solvers {
namespace {

// The second difference with fixed ends: eigenvalues 2 − 2·cos(kπ / (n + 1)), eigenvectors sin(ikπ / (n +
// 1)).
SymmetricProduct second_difference(double factor) {
  return [factor](std::span<const double> v, std::span<double> out) {
    for (std::size_t i = 0; i < v.size(); ++i) {
      const double left = i > 0 ? v[i - 1] : 0, right = i + 1 < v.size() ? v[i + 1] : 0;
      out[i] = factor * (2 * v[i] - left - right);
    }
  };
}

// Both ends of the spectrum; with the sign turned all eigenvalues are negative and the largest is the
// smallest in size.
TEST(Lanczos, FindsTheEndsOfAKnownSpectrum) {
  const int n = 200;
  for (const double factor : {1.0, -1.0}) {
    const Eigenpair pair = largest_eigenpair(second_difference(factor), n);
    EXPECT_TRUE(pair.converged);
    const int k = factor > 0 ? n : 1;
    const double angle = k * std::numbers::pi / (n + 1);
    EXPECT_NEAR(pair.value, factor * (2 - 2 * std::cos(angle)), 1e-12);
    double cosine = 0;
    for (int i = 0; i < n; ++i) cosine += pair.vector[i] * std::sin((i + 1) * angle);
    // The gap to the next eigenvalue is 7e-4 of the largest, and the residual at most 1e-13.
    EXPECT_NEAR(std::abs(cosine) * std::sqrt(2.0 / (n + 1)), 1, 1e-9);
  }
}

TEST(Lanczos, StopsWhenTheStartReachesNoFurther) {
  const auto twins = [](std::span<const double> v, std::span<double> out) {
    for (std::size_t i = 0; i < v.size(); ++i) out[i] = (i < 3 ? 5 : 1) * v[i];
  };
  const Eigenpair pair = largest_eigenpair(twins, 400);
  EXPECT_TRUE(pair.converged);
  EXPECT_EQ(pair.steps, 2);  // two different eigenvalues
  EXPECT_NEAR(pair.value, 5, 1e-12);
  double outside = 0;
  for (std::size_t i = 3; i < 400; ++i) outside += pair.vector[i] * pair.vector[i];
  EXPECT_LT(outside, 1e-24);
}

TEST(Lanczos, GivesAUnitVectorWithItsLargestEntryPositive) {
  const auto one = [](std::span<const double> v, std::span<double> out) {
    const double along = 3 * v[0] - 4 * v[1];
    out[0] = 3 * along;
    out[1] = -4 * along;
  };
  const Eigenpair pair = largest_eigenpair(one, 2);
  EXPECT_NEAR(pair.value, 25, 1e-12);
  EXPECT_NEAR(pair.vector[0], -0.6, 1e-12);
  EXPECT_NEAR(pair.vector[1], 0.8, 1e-12);
}

TEST(Lanczos, FindsSeveralOfAKnownSpectrum) {
  const int n = 150;
  const std::vector<Eigenpair> pairs = largest_eigenpairs(second_difference(1), n, {.count = 4});
  ASSERT_EQ(pairs.size(), 4);
  for (int c = 0; c < 4; ++c) {
    EXPECT_TRUE(pairs[c].converged);
    EXPECT_NEAR(pairs[c].value, 2 - 2 * std::cos((n - c) * std::numbers::pi / (n + 1)), 1e-12);
  }
}

// diag(5, 5, 5, 1, …): one start reaches one vector of each eigenvalue, so that three starts are needed.
TEST(Lanczos, GivesAnEigenvalueAsOftenAsItOccurs) {
  const auto triplets = [](std::span<const double> v, std::span<double> out) {
    for (std::size_t i = 0; i < v.size(); ++i) out[i] = (i < 3 ? 5 : 1) * v[i];
  };
  const std::vector<Eigenpair> pairs = largest_eigenpairs(triplets, 60, {.count = 4});
  ASSERT_EQ(pairs.size(), 4);
  for (int c = 0; c < 4; ++c) EXPECT_NEAR(pairs[c].value, c < 3 ? 5 : 1, 1e-12);
  for (int a = 0; a < 4; ++a) {
    for (int b = 0; b < a; ++b) {
      double along = 0;
      for (int i = 0; i < 60; ++i) along += pairs[a].vector[i] * pairs[b].vector[i];
      EXPECT_NEAR(along, 0, 1e-12);
    }
  }
}

// diag(3, 3, 2.9, then up to 1): one start finds 3 and 2.9 before rounding shows it the other vector of 3.
TEST(Lanczos, MissesNoCopyWhereTheNextEigenvalueIsFoundFirst) {
  const auto product = [](std::span<const double> v, std::span<double> out) {
    for (std::size_t i = 0; i < v.size(); ++i) out[i] = v[i] * static_cast<double>(i) / 2000;
    out[5] = 3 * v[5];
    out[700] = 3 * v[700];
    out[9] = 2.9 * v[9];
  };
  const std::vector<Eigenpair> pairs = largest_eigenpairs(product, 2000, {.count = 3});
  ASSERT_EQ(pairs.size(), 3);
  EXPECT_NEAR(pairs[0].value, 3, 1e-12);
  EXPECT_NEAR(pairs[1].value, 3, 1e-12);
  EXPECT_NEAR(pairs[2].value, 2.9, 1e-12);
}

TEST(Lanczos, StopsAtTheToleranceItIsGiven) {
  const Eigenpair rough = largest_eigenpairs(second_difference(1), 400, {.tolerance = 1e-3})[0];
  EXPECT_TRUE(rough.converged);
  EXPECT_GT(rough.residual, 1e-13);
  EXPECT_LT(rough.steps, largest_eigenpair(second_difference(1), 400).steps);
}

TEST(Lanczos, TakesAnOperatorThatIsZero) {
  const auto zero = [](std::span<const double>, std::span<double> out) {
    std::fill(out.begin(), out.end(), 0);
  };
  const Eigenpair pair = largest_eigenpair(zero, 7);
  EXPECT_EQ(pair.value, 0);
  EXPECT_TRUE(pair.converged);
}

}  // namespace
}  // namespace sonde::solvers
