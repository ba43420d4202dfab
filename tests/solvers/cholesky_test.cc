#include "sonde/solvers/cholesky.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

// BᵀB + 1 of a random B [size + 3, size].
SymmetricMatrix positive_matrix(std::int64_t size) {
  const RandomStream stream(5, "cholesky");
  std::vector<double> b((size + 3) * size);
  for (std::size_t at = 0; at < b.size(); ++at) b[at] = stream.uniform(at) - 0.5;
  SymmetricMatrix a(size);
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t j = i; j < size; ++j) {
      for (std::int64_t r = 0; r < size + 3; ++r) a.at(i, j) += b[r * size + i] * b[r * size + j];
    }
    a.at(i, i) += 1;
  }
  return a;
}

TEST(Cholesky, SolvesWhatWasMultiplied) {
  for (const std::int64_t size : {1, 2, 63, 64, 65, 130, 300}) {
    const SymmetricMatrix a = positive_matrix(size);
    std::vector<double> x(size), b(size);
    for (std::int64_t i = 0; i < size; ++i) x[i] = static_cast<double>(i % 7) - 3;
    for (std::int64_t i = 0; i < size; ++i) {
      for (std::int64_t j = 0; j < size; ++j) b[i] += a(i, j) * x[j];
    }
    const Cholesky factor(a, {.threads = 2});
    ASSERT_TRUE(factor.positive());
    factor.solve(b);
    // The condition is below 1e3, so that 2⁻⁵³ leaves more than 1e-11.
    for (std::int64_t i = 0; i < size; ++i) EXPECT_NEAR(b[i], x[i], 1e-11) << size;
  }
}

TEST(Cholesky, ReadsTheLowerHalfOfASquare) {
  const std::int64_t size = 70;
  const SymmetricMatrix a = positive_matrix(size);
  std::vector<double> square(size * size, std::nan("")), b(size, 1.0), halves(size, 1.0);
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) square[i * size + j] = a(i, j);
  }
  const Cholesky factor(square, size);
  ASSERT_TRUE(factor.positive());
  factor.solve_lower(halves);
  factor.solve_upper(halves);
  Cholesky(a, {}).solve(b);
  EXPECT_EQ(halves, b);
}

TEST(Cholesky, GivesTheSameBitsOnAnyNumberOfThreads) {
  std::vector<double> one(300, 1.0), three(300, 1.0);
  Cholesky(positive_matrix(300), {.threads = 1}).solve(one);
  Cholesky(positive_matrix(300), {.threads = 3}).solve(three);
  EXPECT_EQ(one, three);
}

TEST(Cholesky, SaysWhatColumnsLeaveOfEachOther) {
  SymmetricMatrix a(2);
  a.at(0, 0) = 4;
  a.at(0, 1) = 6;
  a.at(1, 1) = 25;
  // R² of the second column is 36 / (4 · 25).
  EXPECT_DOUBLE_EQ(Cholesky(a, {}).smallest_share(), 0.64);
  a.at(1, 1) = 9;
  EXPECT_FALSE(Cholesky(a, {}).positive());
}

}  // namespace
}  // namespace sonde::solvers
