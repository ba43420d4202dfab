#include "sonde/kernels/product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "sonde/core/random.h"

namespace sonde::kernels {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  const RandomStream stream(seed, "product");
  Matrix matrix(rows, cols);
  for (std::int64_t i = 0; i < rows * cols; ++i)
    matrix.data()[i] = static_cast<float>(stream.uniform(i) - 0.5);
  return matrix;
}

double at(const Factor& factor, std::int64_t i, std::int64_t j) {
  return factor.transpose == Transpose::yes ? factor.matrix.row(j)[i] : factor.matrix.row(i)[j];
}

// Every way of reading the factors against sums in double.
TEST(Product, EqualsTheSumsItStandsFor) {
  for (const std::int64_t m : {1, 7, 32, 64}) {
    for (const std::int64_t n : {1, 17, 48, 80}) {
      for (const std::int64_t k : {1, 33, 256}) {
        for (const Transpose ta : {Transpose::no, Transpose::yes}) {
          for (const Transpose tb : {Transpose::no, Transpose::yes}) {
            const Matrix x = ta == Transpose::no ? random_matrix(m, k, 1) : random_matrix(k, m, 1);
            const Matrix y = tb == Transpose::no ? random_matrix(k, n, 2) : random_matrix(n, k, 2);
            const Factor a{x.view(), ta}, b{y.view(), tb};
            Matrix c = random_matrix(m, n, 3);
            matrix_product(a, b, c.view());
            matrix_product(a, b, c.view(), Before::added_to);
            for (std::int64_t i = 0; i < m; ++i) {
              for (std::int64_t j = 0; j < n; ++j) {
                double sum = 0;
                for (std::int64_t l = 0; l < k; ++l) sum += at(a, i, l) * at(b, l, j);
                // Float sums of k products of numbers below 1/2.
                EXPECT_NEAR(c.row(i)[j], 2 * sum, 1e-7 * static_cast<double>(k) + 1e-7);
              }
            }
          }
        }
      }
    }
  }
}

// Shapes beyond what is cut at once, and with the sides long enough for digits where there are AMX tiles.
TEST(Product, OfLargeFactorsEqualsSumsInDouble) {
  for (const auto& [m, n, k] : {std::tuple{300, 800, 130}, {100, 97, 500}, {257, 100, 384}}) {
    for (const Transpose ta : {Transpose::no, Transpose::yes}) {
      for (const Transpose tb : {Transpose::no, Transpose::yes}) {
        const Matrix x = ta == Transpose::no ? random_matrix(m, k, 1) : random_matrix(k, m, 1);
        const Matrix y = tb == Transpose::no ? random_matrix(k, n, 2) : random_matrix(n, k, 2);
        const Factor a{x.view(), ta}, b{y.view(), tb};
        Matrix c = random_matrix(m, n, 3);
        matrix_product(a, b, c.view());
        matrix_product(a, b, c.view(), Before::added_to);
        for (std::int64_t i = 0; i < m; i += 7) {
          for (std::int64_t j = 0; j < n; ++j) {
            double sum = 0;
            for (std::int64_t l = 0; l < k; ++l) sum += at(a, i, l) * at(b, l, j);
            // As above.
            ASSERT_NEAR(c.row(i)[j], 2 * sum, 1e-7 * static_cast<double>(k) + 1e-7);
          }
        }
      }
    }
  }
}

// A factor made ready gives the bits of one that is not, where digits are cut of both and where of neither.
TEST(Product, WithAReadyFactorEqualsThatWithout) {
  for (const auto& [m, n, k] : {std::tuple{100, 800, 500}, {100, 97, 500}, {7, 20, 33}, {300, 900, 800}}) {
    for (const Transpose tb : {Transpose::no, Transpose::yes}) {
      const Matrix x = random_matrix(m, k, 1);
      const Matrix y = tb == Transpose::no ? random_matrix(k, n, 2) : random_matrix(n, k, 2);
      const Factor a{x.view()}, b{y.view(), tb};
      const ReadyFactor ready(b);
      Matrix c = random_matrix(m, n, 3), expected = random_matrix(m, n, 3);
      matrix_product(a, ready, c.view(), Before::added_to);
      matrix_product(a, b, expected.view(), Before::added_to);
      for (std::int64_t i = 0; i < m * n; ++i) ASSERT_EQ(c.data()[i], expected.data()[i]) << i;
    }
  }
}

// Digits of few rows are worth cutting then.
TEST(Product, WithAReadyFactorOfFewRowsEqualsSumsInDouble) {
  const Matrix x = random_matrix(3, 500, 1), y = random_matrix(500, 100, 2);
  const ReadyFactor ready(Factor{y.view()});
  Matrix c(3, 100);
  matrix_product(Factor{x.view()}, ready, c.view());
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 100; ++j) {
      double sum = 0;
      for (std::int64_t l = 0; l < 500; ++l) sum += at({x.view()}, i, l) * at({y.view()}, l, j);
      EXPECT_NEAR(c.row(i)[j], sum, 1e-5);
    }
  }
  Matrix empty(0, 100);
  matrix_product(Factor{MatrixView{x.data(), 0, 500, 500}}, ready, empty.view());
}

TEST(Product, OfNothingIsZero) {
  Matrix c = random_matrix(2, 3, 1);
  const Matrix a(2, 0), b(0, 3);
  matrix_product({a.view()}, {b.view()}, c.view());
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(c.data()[i], 0.0f);
}

TEST(Product, WritesOnlyInsideAViewWithAStride) {
  const Matrix a = random_matrix(3, 4, 1), b = random_matrix(4, 2, 2);
  Matrix wide(3, 5);
  for (std::int64_t i = 0; i < 15; ++i) wide.data()[i] = 7;
  matrix_product({a.view()}, {b.view()}, {wide.data() + 1, 3, 2, 5});
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(wide.row(i)[0], 7);
    EXPECT_EQ(wide.row(i)[3], 7);
    EXPECT_EQ(wide.row(i)[4], 7);
  }
}

// A ready factor keeps nothing of the numbers that it was made of once all parts are renewed.
TEST(Product, WithARenewedFactorFollowsItsNumbers) {
  const Matrix x = random_matrix(70, 500, 1);
  Matrix y = random_matrix(500, 600, 2);
  ReadyFactor ready({y.view()});
  const Matrix other = random_matrix(500, 600, 3);
  std::copy_n(other.data(), 500 * 600, y.data());
  for (std::int64_t part = 0; part < ready.parts(); ++part) ready.renew(part);
  Matrix c(70, 600), expected(70, 600);
  matrix_product({x.view()}, ready, c.view());
  matrix_product({x.view()}, ReadyFactor({other.view()}), expected.view());
  for (std::int64_t i = 0; i < 70 * 600; ++i) ASSERT_EQ(c.data()[i], expected.data()[i]) << i;
}

}  // namespace
}  // namespace sonde::kernels
