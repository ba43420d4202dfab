#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "numbers.h"
#include "sonde/kernels/digits_internal.h"

namespace sonde::kernels {
namespace {

// Owns what a view of digits shows.
struct Digits {
  Aligned<std::int8_t> tiles;
  std::vector<float> scales;
  MutableDigitRows rows;

  explicit Digits(MatrixView x)
      : tiles((x.rows + 15) / 16 * 16 * kDigitInputs * kDigits), scales(x.rows + 15) {
    std::fill_n(tiles.data(), tiles.size(), std::int8_t{0});
    rows = {tiles.data(), scales.data(), x.cols};
  }
};

struct Product {
  Buffer a, b, y;
  DigitProducts products = DigitProducts::six;

  Product(std::int64_t rows, std::int64_t cols, std::int64_t inputs)
      : a(Buffer::drawn("a", rows, inputs, 3)), b(Buffer::drawn("b", cols, inputs)), y(rows, cols, 4) {}

  void compute(MatrixView before) {
    Digits left(a.view()), right(b.view());
    cut_rows(a.view(), DigitSide::left, left.rows);
    cut_rows(b.view(), DigitSide::right, right.rows);
    const TileRegisters registers;
    multiply_digits({left.rows, right.rows, products}, before, y.view());
  }

  double expected(std::int64_t i, std::int64_t j) {
    double sum = 0;
    for (std::int64_t k = 0; k < a.view().cols; ++k) sum += double{a.view().row(i)[k]} * b.view().row(j)[k];
    return sum;
  }
};

class DigitsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!amx_is_there()) GTEST_SKIP() << "no AMX here";
  }
};

// The digits left out of a product weigh below 2⁻²³ of the largest numbers; inputs of random sign add up as
// their root, of which six deviations are allowed.
double allowed(std::int64_t inputs) { return 6 * 0x1p-23 * std::sqrt(static_cast<double>(inputs)) * 4; }

TEST_F(DigitsTest, MultipliesRows) {
  for (const std::int64_t inputs : {1, 16, 63, 64, 65, 200, 384}) {
    for (const std::int64_t rows : {1, 15, 16, 33}) {
      for (const std::int64_t cols : {1, 16, 40}) {
        Product product(rows, cols, inputs);
        if (rows == 33) product.products = DigitProducts::eight;
        product.compute({nullptr, rows, cols, 0});
        for (std::int64_t i = 0; i < rows; ++i) {
          for (std::int64_t j = 0; j < cols; ++j)
            ASSERT_NEAR(product.y.view().row(i)[j], product.expected(i, j), allowed(inputs));
        }
        EXPECT_TRUE(product.y.spare_columns_untouched());
      }
    }
  }
}

TEST_F(DigitsTest, AddsToWhatStoodBefore) {
  Product product(20, 30, 100);
  const std::vector<float> bias = draw("bias", 30);
  product.compute({bias.data(), 20, 30, 0});
  product.compute(product.y.view());
  for (std::int64_t i = 0; i < 20; ++i) {
    for (std::int64_t j = 0; j < 30; ++j)
      EXPECT_NEAR(product.y.view().row(i)[j], bias[j] + 2 * product.expected(i, j), 2 * allowed(100));
  }
}

TEST_F(DigitsTest, WhatIsNotFiniteStaysInItsRowAndColumn) {
  Product product(20, 30, 100), other(20, 30, 100);
  product.a.view().row(3)[99] = std::numeric_limits<float>::quiet_NaN();
  product.a.view().row(17)[0] = -std::numeric_limits<float>::infinity();
  product.b.view().row(29)[5] = std::numeric_limits<float>::infinity();
  product.compute({nullptr, 20, 30, 0});
  other.compute({nullptr, 20, 30, 0});
  for (std::int64_t i = 0; i < 20; ++i) {
    for (std::int64_t j = 0; j < 30; ++j) {
      const float y = product.y.view().row(i)[j];
      if (i == 3 || i == 17 || j == 29) {
        EXPECT_TRUE(std::isnan(y)) << i << ", " << j;
      } else {
        EXPECT_EQ(y, other.y.view().row(i)[j]) << i << ", " << j;
      }
    }
  }
}

// The columns of a transpose against its rows: the same digits and scales.
TEST_F(DigitsTest, OfColumnsAreThoseOfRows) {
  for (const std::int64_t inputs : {1, 64, 100, 384}) {
    for (const std::int64_t rows : {1, 16, 37}) {
      Buffer x = Buffer::drawn("x", rows, inputs, 2), across(inputs, rows, 3);
      x.view().row(0)[0] = 1e6f;
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t k = 0; k < inputs; ++k) across.view().row(k)[i] = x.view().row(i)[k];
      }
      for (const DigitSide side : {DigitSide::left, DigitSide::right}) {
        Digits of_rows(x.view()), of_columns(x.view());
        cut_rows(x.view(), side, of_rows.rows);
        cut_columns(across.view(), side, of_columns.rows);
        for (std::int64_t i = 0; i < rows; ++i) EXPECT_EQ(of_rows.scales[i], of_columns.scales[i]);
        // Rows past the last are nobody's.
        const std::int64_t whole = rows / 16 * of_rows.rows.bytes();
        EXPECT_TRUE(std::equal(of_rows.tiles.data(), of_rows.tiles.data() + whole, of_columns.tiles.data()));
      }
    }
  }
}

// A large number in each row that meets zeros: what is small beside it must not be lost.
TEST_F(DigitsTest, OneLargeNumberLeavesTheOthersTheirBits) {
  Product product(16, 16, 384);
  for (std::int64_t i = 0; i < 16; ++i) {
    product.a.view().row(i)[i * 5] = 1000;
    for (std::int64_t j = 0; j < 16; ++j) product.b.view().row(j)[i * 5] = 0;
  }
  product.compute({nullptr, 16, 16, 0});
  double square = 0;
  for (std::int64_t i = 0; i < 16; ++i) {
    for (std::int64_t j = 0; j < 16; ++j)
      square += std::pow(product.y.view().row(i)[j] - product.expected(i, j), 2);
  }
  // Without the rotation it would be 6e-4.
  EXPECT_LE(std::sqrt(square / 256), 3e-4);
}

// Numbers over many magnitudes, each alone in its row: 23 bits are kept.
TEST_F(DigitsTest, KeepNumbersOfAnyMagnitude) {
  const RandomStream stream(5, "bits");
  Product product(64, 1, 1);
  product.b.view().row(0)[0] = 1;
  for (std::uint64_t round = 0; round < 100; ++round) {
    for (std::int64_t i = 0; i < 64; ++i) {
      const auto drawn = static_cast<std::uint32_t>(stream.bits(round * 64 + i));
      // Sizes from 2⁻⁹⁷ to 2¹⁰².
      const std::uint32_t exponent = 30 + (drawn >> 23 & 0xFF) % 200;
      product.a.view().row(i)[0] = std::bit_cast<float>((drawn & 0x807FFFFFu) | exponent << 23);
    }
    product.compute({nullptr, 64, 1, 0});
    for (std::int64_t i = 0; i < 64; ++i) {
      const float expected = product.a.view().row(i)[0];
      EXPECT_NEAR(product.y.view().row(i)[0], expected, 0x1p-22 * std::abs(expected));
    }
  }
}

}  // namespace
}  // namespace sonde::kernels
