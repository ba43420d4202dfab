#include "sonde/kernels/two_way_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "numbers.h"

namespace sonde::kernels {
namespace {

// Rows picked from a larger matrix, b and a.
struct Operands {
  Buffer source, b, a;
  std::vector<std::int64_t> picked;

  Operands(std::int64_t n, std::int64_t d, std::int64_t m)
      : source(Buffer::drawn("two-way source", 2 * n, d, 3)),
        b(Buffer::drawn("two-way b", d, m)),
        a(Buffer::drawn("two-way a", n, m, 5)) {
    const RandomStream stream(3, "two-way rows");
    for (std::int64_t i = 0; i < n; ++i) picked.push_back(static_cast<std::int64_t>(stream.below(2 * n, i)));
    // Numbers far above their neighbours, and a row of nothing.
    for (std::int64_t i = 0; i < n; i += 7) source.view().row(i)[i % d] *= 100;
    std::ranges::fill(source.view().row(picked[0]), 0.0f);
  }

  std::int64_t rows() const { return std::ssize(picked); }
  std::span<const float> row(std::int64_t i) { return source.view().row(picked[i]); }
  // Takes the rows in two calls.
  void take(TwoWayRows& x) {
    const std::int64_t cut = rows() / 2 / 16 * 16;
    x.take(cut, source.view(), std::span(picked).subspan(cut));
    x.take(0, source.view(), std::span(picked).first(cut));
  }
};

double norm(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * value;
  return std::sqrt(sum);
}

// Errors are relative to the norms of what is multiplied: rounding to 24 bits, or that of a chain of floats.
constexpr double kRounding = 1e-6;

void expect_products(Operands& operands, const TwoWayRows& x, std::int64_t first, std::int64_t count) {
  const std::int64_t d = operands.b.view().rows, m = operands.b.view().cols;
  Buffer c(count, m, 2);
  const ReadyFactor b({operands.b.view()});
  x.multiply(first, b, c.view());
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < m; ++j) {
      double expected = 0, size = 0;
      for (std::int64_t k = 0; k < d; ++k) {
        const double weight = operands.b.view().row(k)[j];
        expected += double{operands.row(first + i)[k]} * weight;
        size += weight * weight;
      }
      ASSERT_NEAR(c.view().row(i)[j], expected,
                  kRounding * (std::sqrt(size) * norm(operands.row(first + i)) + 1e-30));
    }
  }
  EXPECT_TRUE(c.spare_columns_untouched());
}

void expect_transposed_products(Operands& operands, const TwoWayRows& x) {
  const std::int64_t m = operands.a.view().cols;
  for (std::int64_t p = 0; p < x.parts(); ++p) {
    const ColumnRange part = x.part(p);
    Buffer c(m, part.count, 2);
    x.multiply_transposed(operands.a.view(), part, c.view());
    // Digits belong to whole rows, so errors are relative to these.
    double size = 0;
    for (std::int64_t i = 0; i < operands.rows(); ++i) {
      const double row = norm(operands.row(i).subspan(part.first, part.count));
      size += row * row / static_cast<double>(part.count);
    }
    for (std::int64_t j = 0; j < m; ++j) {
      for (std::int64_t k = 0; k < part.count; ++k) {
        double expected = 0;
        for (std::int64_t i = 0; i < operands.rows(); ++i)
          expected += double{operands.a.view().row(i)[j]} * operands.row(i)[part.first + k];
        ASSERT_NEAR(c.view().row(j)[k], expected,
                    kRounding * std::sqrt(size * static_cast<double>(operands.rows())));
      }
    }
    EXPECT_TRUE(c.spare_columns_untouched());
  }
}

// Shapes that are cut into digits where there are AMX tiles, with rows and columns that fill no tile, and
// shapes that are not.
TEST(TwoWayRows, BothProductsEqualSumsInDouble) {
  for (const auto& [n, d, m] :
       {std::tuple{96, 96, 48}, {130, 500, 100}, {500, 385, 300}, {5, 200, 60}, {100, 7, 3}}) {
    Operands operands(n, d, m);
    TwoWayRows x(n + 20, d, m);
    operands.take(x);
    expect_products(operands, x, 0, n);
    if (n > 64) expect_products(operands, x, 64, n - 64);
    expect_transposed_products(operands, x);
  }
}

TEST(TwoWayRows, AreTakenAnew) {
  Operands first(200, 130, 50), second(150, 130, 50);
  TwoWayRows x(200, 130, 50);
  first.take(x);
  for (std::int64_t i = 0; i < 150; ++i) second.picked[i] = i;
  x.take(0, {second.source.view().data, 150, 130, second.source.view().stride});
  expect_products(second, x, 0, 150);
  expect_transposed_products(second, x);
}

}  // namespace
}  // namespace sonde::kernels
