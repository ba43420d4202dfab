// max: the largest value of each dimension, also where all are negative.
#include <algorithm>
#include <limits>

#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(MaxPoolingTest, IsTheLargestOfEachDimension) {
  for (PooledText& text : pooled_texts()) {
    // One dimension below zero throughout: the zeros a result starts from must not show.
    for (std::int64_t i = 0; i < text.rows.rows(); ++i) text.rows.row(i)[2] -= 5;
    const std::vector<float> got = pool_every_way(*make_pooling("max"), text);
    for (std::int64_t j = 0; j < kWidth; ++j) {
      float largest = -std::numeric_limits<float>::infinity();
      for (std::int64_t i = 0; i < text.rows.rows(); ++i) largest = std::max(largest, text.rows.row(i)[j]);
      EXPECT_EQ(got[j], largest);
    }
    EXPECT_LT(got[2], 0);
  }
}

}  // namespace
}  // namespace sonde::capture
