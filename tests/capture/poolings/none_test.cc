// none: every token keeps its row.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(NonePoolingTest, KeepsEveryRowInOrder) {
  const auto pooling = make_pooling("none");
  EXPECT_TRUE(pooling->keeps_every_token());
  for (const PooledText& text : pooled_texts()) {
    const std::vector<float> rows(text.rows.data(), text.rows.data() + text.rows.rows() * kWidth);
    EXPECT_EQ(pool_every_way(*pooling, text), rows);
  }
}

}  // namespace
}  // namespace sonde::capture
