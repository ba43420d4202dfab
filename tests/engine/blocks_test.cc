// How texts are cut into blocks: whole, in order, within the budget where that can be; and what a run leaves
// out.
#include "sonde/engine/blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "sonde/core/random.h"
#include "sonde/graph/scope.h"

namespace sonde::engine {
namespace {

std::vector<PlacedText> order_of(const std::vector<std::int64_t>& lengths) {
  std::vector<PlacedText> order;
  for (const std::int64_t length : lengths)
    order.push_back({static_cast<std::int64_t>(order.size()), length, 0});
  return order;
}

std::vector<std::int64_t> texts_per_block(const std::vector<std::int64_t>& lengths, std::int64_t budget,
                                          int workers = 1) {
  std::vector<std::int64_t> counts;
  for (const Block& block : cut_blocks(order_of(lengths), budget, workers)) counts.push_back(block.texts);
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
  const std::int64_t total = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  for (const std::int64_t budget : {1, 7, 64, 100000}) {
    for (const int workers : {1, 3, 16}) {
      std::int64_t text = 0, tokens = 0;
      for (const Block& block : cut_blocks(order_of(lengths), budget, workers)) {
        EXPECT_EQ(block.first, text);
        EXPECT_GE(block.texts, 1);
        EXPECT_TRUE(block.rows <= budget || block.texts == 1);
        EXPECT_EQ(block.tokens, block.rows);
        text += block.texts;
        tokens += block.tokens;
      }
      EXPECT_EQ(text, 200);
      EXPECT_EQ(tokens, total);
    }
  }
}

TEST(CutBlocksTest, WhatTextsShareCountsOncePerBlock) {
  const std::vector<PlacedText> order = {{0, 6, 0}, {1, 6, 5}, {2, 6, 5}, {3, 6, 5}};
  const std::vector<Block> blocks = cut_blocks(order, 7, 1);
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[0].rows, 7);
  EXPECT_EQ(blocks[0].tokens, 12);
  EXPECT_EQ(blocks[1].rows, 6 + 1) << "the first text of a block is computed whole";
}

class PlanTest : public ::testing::Test {
 protected:
  // One token space value behind an attention.
  void write(kernels::AttentionMask mask) {
    graph::Scope s(graph_);
    const graph::Value x = s.embedding("words", graph::Embedding::Index::token, 10, 4);
    const graph::Value y = s.attend({x, x, x}, {.heads = 1, .key_heads = 1, .head_width = 4, .mask = mask});
    s.hidden_state(y);
    schedule_ = graph::schedule(graph_, graph_.hidden_states);
  }

  RunPlan plan(const ExecutorOptions& options = {}) {
    return plan_run(graph_, schedule_, tokens_, options, 1);
  }

  graph::Graph graph_;
  graph::Schedule schedule_;
  std::vector<std::int32_t> ids_ = {1, 2, 3, 4, 1, 2, 3, 5, 7, 1, 2, 3, 4};
  std::vector<std::int64_t> offsets_ = {0, 4, 8, 9, 13};
  PackedTokens tokens_{ids_, offsets_};
};

TEST_F(PlanTest, CausalModelsShareWhatTextsBeginWith) {
  write(kernels::AttentionMask::causal);
  const RunPlan shared = plan();
  ASSERT_EQ(shared.blocks.size(), 1u);
  EXPECT_EQ(shared.blocks[0].rows, 4 + 1 + 1);
  EXPECT_EQ(shared.tokens(), 13);
  EXPECT_EQ(shared.longest_text(), 4);
  EXPECT_EQ(plan({.prefixes = Prefixes::apart}).most_rows(), 13);
}

TEST_F(PlanTest, OtherModelsDoNot) {
  write(kernels::AttentionMask::all);
  EXPECT_EQ(plan().most_rows(), 13);
}

TEST_F(PlanTest, TokensThatNoSinkNeedsAreLeftOutOfCausalModels) {
  const std::vector<TokenRange> needed = {{1, 2}, {0, 3}, {0, 1}, {0, 1}};
  tokens_.needed = needed;
  write(kernels::AttentionMask::causal);
  EXPECT_EQ(plan({.prefixes = Prefixes::apart}).most_rows(), 2 + 3 + 1 + 1);
  EXPECT_EQ(plan().most_rows(), 3 + 1);
  graph_ = {};
  write(kernels::AttentionMask::all);
  EXPECT_EQ(plan().most_rows(), 13);
}

TEST_F(PlanTest, TextsWithUnseenPadsShareNothing) {
  const std::vector<TokenRange> real = {{1, 4}, {0, 4}, {0, 1}, {2, 4}};
  tokens_.real = real;
  write(kernels::AttentionMask::causal);
  EXPECT_EQ(plan().most_rows(), 13);
  tokens_.attend_pads = true;
  EXPECT_EQ(plan().most_rows(), 6);
}

TEST_F(PlanTest, LongBeginningsMakeBlocksGrow) {
  ids_.clear();
  offsets_ = {0};
  for (std::int32_t text = 0; text < 64; ++text) {
    ids_.insert(ids_.end(), 30, 1);
    ids_.push_back(text % 10);
    ids_.push_back(text / 10);
    offsets_.push_back(static_cast<std::int64_t>(ids_.size()));
  }
  tokens_ = {ids_, offsets_};
  write(kernels::AttentionMask::causal);
  const std::int64_t nodes = 30 + 10 + 64;
  std::int64_t fixed = 0, grown = 0;
  for (const Block& block : plan({.block_tokens = 40, .shared_block_tokens = 40}).blocks) fixed += block.rows;
  for (const Block& block : plan({.block_tokens = 40, .shared_block_tokens = 500}).blocks)
    grown += block.rows;
  EXPECT_GT(fixed, 2 * nodes);
  EXPECT_LE(grown, nodes + nodes / 8);
}

}  // namespace
}  // namespace sonde::engine
