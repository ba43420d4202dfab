// mean: every token counts, special ones included.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(MeanPoolingTest, IsTheMeanOfAllTokens) {
  expect_mean_of(*make_pooling("mean"), [](const PooledText&, std::int64_t) { return true; });
}

TEST(MeanPoolingTest, OfEqualTokensIsTheToken) {
  PooledText text({1, 0, 0, 1});
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::int64_t j = 0; j < kWidth; ++j) text.rows.row(i)[j] = static_cast<float>(j) - 1.25f;
  }
  EXPECT_THAT(pool_every_way(*make_pooling("mean"), text), ::testing::ElementsAreArray(text.rows.row(0)));
}

}  // namespace
}  // namespace sonde::capture
