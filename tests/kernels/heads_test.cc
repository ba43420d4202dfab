// Parts of heads against their definition, element by element.
#include "sonde/kernels/heads.h"

#include <gtest/gtest.h>

#include "numbers.h"

namespace sonde::kernels {
namespace {

TEST(TakeHeadsTest, EveryHeadGivesTheSamePart) {
  constexpr std::int64_t kHeads = 4, kRows = 3;
  for (const std::int64_t e : {1, 5, 16}) {
    for (std::int64_t part = 0; part < 3; ++part) {
      Buffer x = Buffer::drawn("x", kRows, kHeads * 3 * e, 2), y(kRows, kHeads * e, 1);
      take_heads(x.view(), {.stride = 3 * e, .first = part * e, .width = e}, y.view());
      for (std::int64_t i = 0; i < kRows; ++i) {
        for (std::int64_t j = 0; j < kHeads * e; ++j)
          EXPECT_EQ(y.view().row(i)[j], x.view().row(i)[j / e * 3 * e + part * e + j % e]);
      }
      EXPECT_TRUE(y.spare_columns_untouched());
    }
  }
}

}  // namespace
}  // namespace sonde::kernels
