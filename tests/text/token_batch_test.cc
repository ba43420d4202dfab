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

TEST(TokenBatchTest, PicksTargetsAndRealTokensWithTheirTexts) {
  TokenBatch batch{.ids = {0, 2, 3, 4, 0, 0},
                   .offsets = {0, 3, 6},
                   .special = {1, 0, 0, 0, 1, 1},
                   .full_length = {2, 4},
                   .targets = {1, 0},
                   .real_tokens = {{1, 3}, {0, 1}},
                   .attend_pads = true};
  EXPECT_EQ(batch.real(1), (TokenRange{0, 1}));
  EXPECT_EQ(batch.target(0), 1);
  EXPECT_EQ(batch.count_real(), 3);
  EXPECT_FALSE(batch.truncated(0)) << "pads are no tokens of the text";
  EXPECT_TRUE(batch.truncated(1));
  const TokenBatch picked = batch.pick(std::vector<std::int64_t>{1});
  EXPECT_EQ(picked.target(0), 0);
  EXPECT_EQ(picked.real(0), (TokenRange{0, 1}));
  EXPECT_TRUE(picked.attend_pads);
  batch.targets.clear();
  batch.real_tokens.clear();
  EXPECT_FALSE(batch.pick(std::vector<std::int64_t>{0}).target(0));
  EXPECT_EQ(batch.real(0), (TokenRange{0, 3}));
}

}  // namespace
}  // namespace sonde::text
