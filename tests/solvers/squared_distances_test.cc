#include "sonde/solvers/squared_distances.h"

#include <gtest/gtest.h>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

Matrix drawn(std::int64_t n, std::int64_t d, double shift) {
  const RandomStream stream(3, "distances");
  Matrix x(n, d);
  for (std::int64_t i = 0; i < n * d; ++i) x.data()[i] = static_cast<float>(stream.uniform(i) + shift);
  return x;
}

double by_hand(const Matrix& x, std::int64_t i, std::int64_t j) {
  double sum = 0;
  for (std::int64_t c = 0; c < x.cols(); ++c) {
    const double apart = static_cast<double>(x.row(i)[c]) - x.row(j)[c];
    sum += apart * apart;
  }
  return sum;
}

// Far from the origin too: rows are centred before they are multiplied.
TEST(SquaredDistances, EqualTheDefinition) {
  for (const auto& [n, d, shift] : {std::tuple{3, 1, 0.0}, {64, 16, 0.0}, {131, 37, 1000.0}}) {
    const Matrix x = drawn(n, d, shift);
    const SquaredDistances distances(x.view());
    for (std::int64_t block = 0; block < distances.blocks(); ++block) {
      const std::int64_t first = block * SquaredDistances::kBlock;
      Matrix out(std::min<std::int64_t>(SquaredDistances::kBlock, n - first), n);
      distances.from(block, out.view());
      for (std::int64_t i = 0; i < out.rows(); ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          const double truth = by_hand(x, first + i, j);
          // Sums of d products of numbers below 1/2 in float32; the shifted rows are rounded to 6e-5 apart,
          // of which centring keeps 3e-8.
          EXPECT_NEAR(out.row(i)[j], truth, 2e-6 * d + (shift > 0 ? 1e-5 : 0));
          EXPECT_NEAR(distances.between(first + i, j), truth, 1e-6 * d);
        }
      }
    }
  }
}

TEST(SquaredDistances, AreZeroBetweenEqualRows) {
  Matrix x = drawn(5, 40, 0);
  std::copy_n(x.row(1).data(), 40, x.row(4).data());
  const SquaredDistances distances(x.view());
  EXPECT_EQ(distances.between(1, 4), 0);
  EXPECT_GT(distances.between(1, 3), 0);
}

}  // namespace
}  // namespace sonde::solvers
