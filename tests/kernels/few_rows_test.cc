#include "sonde/kernels/few_rows.h"

#include <gtest/gtest.h>

#include <tuple>

#include "numbers.h"

namespace sonde::kernels {
namespace {

using FewRowsSimdTest = SimdTest;

TEST_P(FewRowsSimdTest, EqualTheDefinition) {
  for (const auto& [n, d, k] : {std::tuple{1, 1, 1}, {3, 5, 2}, {32, 100, 13}, {33, 37, 8}, {70, 64, 9}}) {
    Buffer x = Buffer::drawn("few x", n, d, 3), w = Buffer::drawn("few w", k, d, 5), out(n, k, 2);
    few_row_products(x.view(), w.view(), out.view());
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < k; ++c) {
        double expected = 0;
        for (std::int64_t j = 0; j < d; ++j) expected += double{x.view().row(i)[j]} * w.view().row(c)[j];
        // Sums of d products below 1, each rounded to 2⁻²⁴ of a sum that grows like their root.
        EXPECT_NEAR(out.view().row(i)[c], expected, 1e-6 * std::sqrt(static_cast<double>(d)));
      }
    }
    EXPECT_TRUE(out.spare_columns_untouched());
  }
}

TEST_P(FewRowsSimdTest, ARowAndAColumnHaveTheSameBitsAloneAndInCompany) {
  const std::int64_t n = 40, d = 83, k = 13;
  Buffer x = Buffer::drawn("few x", n, d), w = Buffer::drawn("few w", k, d), all(n, k), one(1, 1);
  few_row_products(x.view(), w.view(), all.view());
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t c = 0; c < k; ++c) {
      few_row_products(x.rows(i, 1), w.rows(c, 1), one.view());
      ASSERT_EQ(one.view().row(0)[0], all.view().row(i)[c]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, FewRowsSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
