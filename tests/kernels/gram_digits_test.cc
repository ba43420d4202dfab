#include "sonde/kernels/gram_digits.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sonde/core/random.h"

namespace sonde::kernels {
namespace {

double entry(std::int64_t row, std::int64_t col) {
  return 2 * RandomStream(3, "gram digits").uniform(row * 1000 + col) - 1;
}

// Blocks of rows whose columns have means of their own, and their products about what each block was centred
// on.
class Blocks {
 public:
  explicit Blocks(std::int64_t cols)
      : cols_(cols), padded_(gram_panels(cols) * kGramPanel), sums_(cols * cols) {}

  void add(std::int64_t rows, GramDigits& digits) {
    Matrix x(rows, padded_);
    std::vector<double> centre(padded_);
    for (std::int64_t c = 0; c < cols_; ++c) centre[c] = 40.0 + static_cast<double>(c) / 3;
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < cols_; ++c) x.row(r)[c] = static_cast<float>(centre[c] + entry(r, c));
    }
    take(x.view(), centre, digits);
    for (std::int64_t i = 0; i < cols_; ++i) {
      for (std::int64_t j = i; j < cols_; ++j) {
        for (std::int64_t r = 0; r < rows; ++r)
          sums_[i * cols_ + j] += (x.row(r)[i] - centre[i]) * (x.row(r)[j] - centre[j]);
      }
    }
  }

  void expect(const GramDigits& digits) const {
    std::vector<double> c(padded_ * padded_, 0.5);
    for (std::int64_t panel = 0; panel < gram_panels(cols_); ++panel)
      digits.add_to({c.data(), padded_}, panel);
    for (std::int64_t i = 0; i < cols_; ++i) {
      for (std::int64_t j = i; j < cols_; ++j) {
        const double size = std::sqrt(sums_[i * cols_ + i] * sums_[j * cols_ + j]);
        // Rounding to whole numbers of 24 bits, and products of digits that weigh as little and are left out.
        ASSERT_NEAR(c[i * padded_ + j], 0.5 + sums_[i * cols_ + j], 0x1p-21 * size)
            << cols_ << " columns, (" << i << ", " << j << ")";
      }
    }
  }

 private:
  void take(MatrixView x, std::span<const double> centre, GramDigits& digits) const {
    digits.set_rows(x.rows);
    // One panel, then all that are left.
    digits.take({x.data, x.rows, kGramPanel, x.stride}, centre.first(kGramPanel), 0);
    if (padded_ > kGramPanel)
      digits.take({x.data + kGramPanel, x.rows, padded_ - kGramPanel, x.stride}, centre.subspan(kGramPanel),
                  1);
    for (const GramTile& tile : gram_tiles(gram_panels(cols_))) digits.add(tile);
  }

  std::int64_t cols_, padded_;
  std::vector<double> sums_;
};

TEST(GramDigits, SumTheProductsOfCentredColumnsOverBlocks) {
  if (!GramDigits::there()) GTEST_SKIP() << "no AMX here";
  for (const std::int64_t cols : {1, 33, 300}) {
    GramDigits digits(1000, cols);
    Blocks blocks(cols);
    for (const std::int64_t rows : {1000, 64, 385, 1}) {
      blocks.add(rows, digits);
      blocks.expect(digits);
    }
  }
}

}  // namespace
}  // namespace sonde::kernels
