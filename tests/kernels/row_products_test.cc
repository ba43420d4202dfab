#include "sonde/kernels/row_products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "numbers.h"
#include "sonde/core/random.h"

namespace sonde::kernels {
namespace {

struct Operands {
  Matrix x;
  std::vector<double> w, factors;

  Operands(std::int64_t n, std::int64_t d, std::int64_t k) : x(n, d), w(k * d), factors(n * k) {
    const RandomStream stream(5, "rows");
    for (std::int64_t i = 0; i < n * d; ++i) x.data()[i] = static_cast<float>(stream.uniform(i) - 0.5);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = stream.uniform(100000 + i) - 0.5;
    for (std::size_t i = 0; i < factors.size(); ++i) factors[i] = stream.uniform(200000 + i) - 0.5;
  }
  DoubleView weights(std::int64_t first, std::int64_t count) const {
    return {w.data() + first * x.cols(), count, x.cols(), x.cols()};
  }
  std::vector<double> products(std::int64_t first, std::int64_t count) const {
    std::vector<double> out(x.rows() * count);
    row_products(x.view(), weights(first, count), {out.data(), x.rows(), count, count});
    return out;
  }
};

// Sums of d products of numbers below 1/4, each rounded to 2^-53 of a sum below 2.
constexpr double kRounding = 1e-14;

using RowProductsSimdTest = SimdTest;

TEST_P(RowProductsSimdTest, EqualTheDefinition) {
  for (const auto& [n, d, k] : {std::tuple{1, 1, 1}, {5, 37, 3}, {71, 100, 6}, {9, 8, 4}, {130, 65, 1}}) {
    const Operands operands(n, d, k);
    const std::vector<double> out = operands.products(0, k);
    std::vector<double> sums(k * d, 0.5), wide(operands.x.data(), operands.x.data() + n * d), again(n * k);
    add_weighted_rows(operands.x.view(), {operands.factors.data(), n, k, k}, {sums.data(), k, d, d});
    row_products(DoubleView{wide.data(), n, d, d}, operands.weights(0, k), {again.data(), n, k, k});
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t i = 0; i < n; ++i) {
        double expected = 0;
        for (std::int64_t j = 0; j < d; ++j) expected += operands.x.row(i)[j] * operands.w[c * d + j];
        EXPECT_NEAR(out[i * k + c], expected, kRounding);
      }
      for (std::int64_t j = 0; j < d; ++j) {
        double expected = 0.5;
        for (std::int64_t i = 0; i < n; ++i) expected += operands.factors[i * k + c] * operands.x.row(i)[j];
        EXPECT_NEAR(sums[c * d + j], expected, kRounding);
      }
    }
    EXPECT_EQ(again, out);  // widening is exact
  }
}

TEST_P(RowProductsSimdTest, AColumnHasTheSameBitsAloneAndInCompany) {
  const std::int64_t n = 70, d = 83, k = 7;
  const Operands operands(n, d, k);
  const std::vector<double> together = operands.products(0, k);
  std::vector<double> sums(k * d);
  add_weighted_rows(operands.x.view(), {operands.factors.data(), n, k, k}, {sums.data(), k, d, d});
  for (std::int64_t c = 0; c < k; ++c) {
    const std::vector<double> alone = operands.products(c, 1);
    std::vector<double> sum(d);
    add_weighted_rows(operands.x.view(), {operands.factors.data() + c, n, 1, k}, {sum.data(), 1, d, d});
    for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(alone[i], together[i * k + c]);
    for (std::int64_t j = 0; j < d; ++j) EXPECT_EQ(sum[j], sums[c * d + j]);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, RowProductsSimdTest,
                         ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()), simd_name);

}  // namespace
}  // namespace sonde::kernels
