#include "sonde/kernels/gram.h"

#include <gtest/gtest.h>

#include "sonde/core/random.h"

namespace sonde::kernels {
namespace {

// Whole numbers of at most 8, whose products and sums float32 holds exactly: any order gives the same sum.
double entry(std::int64_t row, std::int64_t col) {
  return static_cast<double>(RandomStream(3, "gram").below(17, row * 1000 + col)) - 8;
}

template <class T>
GramRows<T> packed(std::int64_t rows, std::int64_t cols) {
  GramRows<T> x(rows, cols);
  x.set_rows(rows);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < x.panels() * kGramPanel; ++c) {
      T* row = x.panel(r / kGramStrip, c / kGramPanel) + r % kGramStrip * kGramPanel;
      row[c % kGramPanel] = c < cols ? static_cast<T>(entry(r, c)) : T{0};
    }
  }
  return x;
}

template <class T>
void expect_products(std::int64_t rows, std::int64_t cols) {
  const GramRows<T> x = packed<T>(rows, cols);
  const std::int64_t stride = x.panels() * kGramPanel;
  std::vector<double> sums(stride * stride, 0.5);
  for (const GramTile& tile : gram_tiles(x.panels()))
    add_gram(x, tile, GramSign::plus, {sums.data(), stride});
  for (std::int64_t i = 0; i < cols; ++i) {
    for (std::int64_t j = i; j < cols; ++j) {
      double expected = 0.5;
      for (std::int64_t r = 0; r < rows; ++r) expected += entry(r, i) * entry(r, j);
      ASSERT_EQ(sums[i * stride + j], expected) << rows << " rows, (" << i << ", " << j << ")";
    }
  }
  for (const GramTile& tile : gram_tiles(x.panels()))
    add_gram(x, tile, GramSign::minus, {sums.data(), stride});
  for (std::int64_t i = 0; i < cols; ++i) ASSERT_EQ(sums[i * stride + cols - 1], 0.5);
}

TEST(Gram, AddsTheProductsOfEveryPairOfColumns) {
  for (const std::int64_t rows : {1, 127, 128, 129, 300}) {
    for (const std::int64_t cols : {1, 31, 32, 33, 70}) {
      expect_products<float>(rows, cols);
      expect_products<double>(rows, cols);
    }
  }
}

TEST(Gram, CutsTheUpperHalfIntoTilesThatMeetOnce) {
  for (const std::int64_t panels : {1, 7, 8, 9, 20}) {
    for (const std::int64_t first : {0, 1, 5}) {
      std::vector<int> met(panels * panels);
      for (const GramTile& tile : gram_tiles(panels, first)) {
        for (std::int64_t i = tile.first_row; i < tile.last_row; ++i) {
          for (std::int64_t j = std::max(i, tile.first_col); j < tile.last_col; ++j) ++met[i * panels + j];
        }
      }
      for (std::int64_t i = 0; i < panels; ++i) {
        for (std::int64_t j = i; j < panels; ++j) EXPECT_EQ(met[i * panels + j], i >= first ? 1 : 0);
      }
    }
  }
}

}  // namespace
}  // namespace sonde::kernels
