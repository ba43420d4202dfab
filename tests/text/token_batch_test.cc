#include "sonde/text/token_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sonde::text {
namespace {

using ::testing::ElementsAre;

TEST(TokenBatchTest, PicksTextsInTheOrderGivenAndAsOftenAsAsked) {
  const TokenBatch batch{.ids = {1, 2, 3, 4, 5, 6},
                         .offsets = {0, 2, 3, 6},
                         .special = {1, 0, 0, 1, 0, 1},
                         .full_length = {2, 9, 3}};
  const TokenBatch picked = batch.pick(std::vector<std::int64_t>{2, 1, 2});
  EXPECT_THAT(picked.ids, ElementsAre(4, 5, 6, 3, 4, 5, 6));
  EXPECT_THAT(picked.offsets, ElementsAre(0, 3, 4, 7));
  EXPECT_THAT(picked.special, ElementsAre(1, 0, 1, 0, 1, 0, 1));
  EXPECT_THAT(picked.full_length, ElementsAre(3, 9, 3));
  EXPECT_TRUE(picked.truncated(1));
  EXPECT_EQ(batch.pick({}).size(), 0);
}

}  // namespace
}  // namespace sonde::text
