// How texts are cut into blocks: whole, in order, within the budget where that can be.
#include "sonde/engine/blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "sonde/core/random.h"

namespace sonde::engine {
namespace {

struct Texts {
  explicit Texts(const std::vector<std::int64_t>& lengths) {
    for (const std::int64_t length : lengths) offsets.push_back(offsets.back() + length);
    ids.resize(offsets.back());
  }
  PackedTokens packed() const { return {ids, offsets}; }
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> offsets{0};
};

std::vector<std::int64_t> texts_per_block(const std::vector<std::int64_t>& lengths, std::int64_t budget,
                                          int workers = 1) {
  std::vector<std::int64_t> counts;
  for (const Block& block : cut_blocks(Texts(lengths).packed(), budget, workers))
    counts.push_back(block.texts);
  return counts;
}

TEST(CutBlocksTest, BlocksFillUpToTheBudget) {
  EXPECT_EQ(texts_per_block({3, 3, 4, 5, 5, 1}, 10), (std::vector<std::int64_t>{3, 2, 1}));
}

TEST(CutBlocksTest, ATextBeyondTheBudgetIsABlockOfItsOwn) {
  EXPECT_EQ(texts_per_block({2, 25, 2, 2}, 10), (std::vector<std::int64_t>{1, 1, 2}));
}

TEST(CutBlocksTest, FewTextsAreSharedAmongTheWorkers) {
  EXPECT_EQ(texts_per_block({4, 4, 4, 4}, 1000, 1).size(), 1u);
  EXPECT_EQ(texts_per_block({4, 4, 4, 4}, 1000, 2), (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(texts_per_block({4, 4, 4, 4}, 1000, 4), (std::vector<std::int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(texts_per_block({4}, 1000, 8), (std::vector<std::int64_t>{1}));
}

TEST(CutBlocksTest, NoTextsAreNoBlocks) { EXPECT_TRUE(texts_per_block({}, 10).empty()); }

TEST(CutBlocksTest, EveryTextLiesInOneBlockWithItsTokens) {
  const RandomStream stream(1, "lengths");
  std::vector<std::int64_t> lengths(200);
  for (std::size_t i = 0; i < lengths.size(); ++i)
    lengths[i] = 1 + static_cast<std::int64_t>(stream.below(40, i));
  const Texts texts(lengths);
  for (const std::int64_t budget : {1, 7, 64, 100000}) {
    for (const int workers : {1, 3, 16}) {
      std::int64_t text = 0, token = 0;
      for (const Block& block : cut_blocks(texts.packed(), budget, workers)) {
        EXPECT_EQ(block.first_text, text);
        EXPECT_EQ(block.first_token, token);
        EXPECT_GE(block.texts, 1);
        EXPECT_EQ(block.tokens, texts.offsets[text + block.texts] - token);
        EXPECT_TRUE(block.tokens <= budget || block.texts == 1);
        text += block.texts;
        token += block.tokens;
      }
      EXPECT_EQ(text, 200);
      EXPECT_EQ(token, static_cast<std::int64_t>(texts.ids.size()));
    }
  }
}

}  // namespace
}  // namespace sonde::engine
