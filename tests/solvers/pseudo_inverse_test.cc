#include "sonde/solvers/pseudo_inverse.h"

#include <gtest/gtest.h>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kSize = 40;

// BᵀB of a random B [rank, kSize], its columns in units from 1 to 1000.
SymmetricMatrix matrix_of_rank(std::int64_t rank) {
  const RandomStream stream(9, "pseudo_inverse");
  SymmetricMatrix a(kSize);
  for (std::int64_t i = 0; i < kSize; ++i) {
    for (std::int64_t j = i; j < kSize; ++j) {
      for (std::int64_t r = 0; r < rank; ++r) {
        const double x = stream.uniform(r * kSize + i) - 0.5, y = stream.uniform(r * kSize + j) - 0.5;
        a.at(i, j) += x * y * (i % 3 == 0 ? 1000 : 1) * (j % 3 == 0 ? 1000 : 1);
      }
    }
  }
  return a;
}

std::vector<double> times(const SymmetricMatrix& a, const std::vector<double>& x) {
  std::vector<double> y(x.size());
  for (std::int64_t i = 0; i < a.size(); ++i) {
    for (std::int64_t j = 0; j < a.size(); ++j) y[i] += a(i, j) * x[j];
  }
  return y;
}

// Of Moore and Penrose's four conditions the two products are symmetric here by construction of A⁺ from
// M (…) Mᵀ; A A⁺ A = A and A⁺ A A⁺ = A⁺ are tried on vectors.
TEST(PseudoInverse, MeetsPenrosesConditions) {
  for (const std::int64_t rank : {1, 5, 39, 40}) {
    const SymmetricMatrix a = matrix_of_rank(rank);
    const PseudoInverse inverse(a, {});
    ASSERT_EQ(inverse.rank(), rank);
    std::vector<double> x(kSize);
    for (std::int64_t i = 0; i < kSize; ++i) x[i] = static_cast<double>(i % 5) - 2;
    const std::vector<double> ax = times(a, x);
    std::vector<double> once = ax;
    inverse.apply(once);
    const std::vector<double> again = times(a, once);
    std::vector<double> twice = again;
    inverse.apply(twice);
    for (std::int64_t i = 0; i < kSize; ++i) {
      // Units differ by 1e6 and the factor of full rank has a condition of about 1e4.
      EXPECT_NEAR(again[i], ax[i], 1e-6 * std::abs(ax[i]) + 1e-6) << rank;
      EXPECT_NEAR(twice[i], once[i], 1e-6 * std::abs(once[i]) + 1e-6) << rank;
    }
  }
}

TEST(PseudoInverse, OfNothingIsNothing) {
  const PseudoInverse inverse(SymmetricMatrix(3), {});
  std::vector<double> b = {1, 2, 3};
  inverse.apply(b);
  EXPECT_EQ(inverse.rank(), 0);
  EXPECT_EQ(b, (std::vector<double>{0, 0, 0}));
}

// Two equal columns share what one would get: A = [[4, 4], [4, 4]] has A⁺ = A / 64.
TEST(PseudoInverse, SharesBetweenEqualColumns) {
  SymmetricMatrix a(2);
  a.at(0, 0) = a.at(0, 1) = a.at(1, 1) = 4;
  const PseudoInverse inverse(a, {});
  std::vector<double> b = {8, 8};
  inverse.apply(b);
  EXPECT_DOUBLE_EQ(b[0], 1);
  EXPECT_DOUBLE_EQ(b[1], 1);
}

}  // namespace
}  // namespace sonde::solvers
