// The average of rows: by hand, and of numbers whose float sum would lose the small ones.
#include "sonde/kernels/mean_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "numbers.h"

namespace sonde::kernels {
namespace {

using ::testing::ElementsAre;

TEST(MeanRowTest, AveragesEachColumnOfStridedRows) {
  const std::vector<float> x = {1, 2, 99, 3, 5, 99, 8, -1, 99};  // [3, 2], rows 3 apart
  std::vector<float> y(2);
  mean_row({x.data(), 3, 2, 3}, y);
  EXPECT_THAT(y, ElementsAre(4, 2));
  mean_row({x.data() + 3, 1, 2, 3}, y);
  EXPECT_THAT(y, ElementsAre(3, 5));
}

TEST(MeanRowTest, SumsInDoubles) {
  std::vector<float> x(1001, 1.0f);
  x[0] = 1e8f;  // the float next to it is 8 away
  std::vector<float> y(1);
  mean_row({x.data(), 1001, 1, 1}, y);
  EXPECT_EQ(y[0], static_cast<float>((1e8 + 1000) / 1001));
}

}  // namespace
}  // namespace sonde::kernels
