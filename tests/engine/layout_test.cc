// Where tokens lie in a block: alone, behind shared beginnings, cut into tiles, and after rows were left out.
#include "sonde/engine/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sonde/core/random.h"

namespace sonde::engine {
namespace {

// Reads each text back from the rows that a layout delivers, by token id.
class Texts {
 public:
  Texts(std::int64_t count, std::int64_t longest, std::int32_t letters) {
    const RandomStream stream(5, "texts");
    for (std::int64_t i = 0; i < count; ++i) {
      const auto length = 1 + static_cast<std::int64_t>(stream.below(longest, i));
      for (std::int64_t t = 0; t < length; ++t)
        ids_.push_back(static_cast<std::int32_t>(stream.below(letters, 1000 * i + t + 1000)));
      offsets_.push_back(static_cast<std::int64_t>(ids_.size()));
      const auto first = static_cast<std::int64_t>(stream.below(length, 7000000 + i));
      needed_.push_back({first, length});
    }
    tokens_ = {ids_, offsets_};
  }

  const PackedTokens& tokens() const { return tokens_; }
  void need_some() { tokens_.needed = needed_; }

  std::vector<PlacedText> order() const {
    std::vector<std::int64_t> lengths;
    for (std::int64_t i = 0; i < tokens_.texts(); ++i) lengths.push_back(tokens_.tokens_of(i));
    return order_by_prefix(tokens_, lengths);
  }

  // The id that each row of a layout stands for, as the text that first met it has it.
  std::vector<std::int32_t> row_ids(const BlockLayout& layout) const {
    std::vector<std::int32_t> row_ids;
    for (std::int64_t row = 0; row < layout.rows(); ++row) {
      const std::int64_t text = layout.texts()[layout.text_of_row(row)].text;
      row_ids.push_back(ids_[offsets_[text] + layout.token_of_row()[row]]);
    }
    return row_ids;
  }

  void expect_delivered(const BlockLayout& layout) const {
    const std::vector<std::int32_t> row_ids = this->row_ids(layout);
    std::map<std::int64_t, std::int64_t> next;
    const std::int64_t tiles = (layout.rows() + kTileRows - 1) / kTileRows;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      for (const DeliveredRows& some : layout.delivered(tile)) {
        EXPECT_GE(some.first_row, tile * kTileRows);
        EXPECT_LE(some.first_row + some.count, (tile + 1) * kTileRows);
        const auto [at, unseen] = next.try_emplace(some.text, tokens_.needed_of(some.text).first);
        ASSERT_EQ(some.first_token, at->second) << "text " << some.text;
        for (std::int64_t i = 0; i < some.count; ++i)
          EXPECT_EQ(row_ids[some.first_row + i], ids_[offsets_[some.text] + some.first_token + i]);
        at->second += some.count;
      }
    }
    for (const LaidText& laid : layout.texts()) EXPECT_EQ(next[laid.text], tokens_.needed_of(laid.text).end);
  }

  void expect_keys(const BlockLayout& layout) const {
    const std::vector<std::int32_t> row_ids = this->row_ids(layout);
    for (std::size_t i = 0; i < layout.texts().size(); ++i) {
      const LaidText& laid = layout.texts()[i];
      std::vector<std::int32_t> keys;
      for (const kernels::RowRun& run : layout.keys(static_cast<std::int64_t>(i)))
        for (std::int64_t row = run.first; row < run.first + run.count; ++row) keys.push_back(row_ids[row]);
      const auto own = tokens_.ids.subspan(offsets_[laid.text], tokens_.tokens_of(laid.text));
      EXPECT_THAT(keys, ::testing::ElementsAreArray(own)) << laid.text;
    }
  }

 private:
  std::vector<std::int32_t> ids_;
  std::vector<std::int64_t> offsets_{0};
  std::vector<TokenRange> needed_;
  PackedTokens tokens_;
};

TEST(BlockLayoutTest, TextsApartLieOneAfterTheOther) {
  const Texts texts(60, 12, 5);
  std::vector<PlacedText> order = texts.order();
  std::int64_t tokens = 0;
  for (PlacedText& placed : order) {
    placed.shared = 0;
    tokens += placed.tokens;
  }
  BlockLayout layout;
  layout.lay(texts.tokens(), order);
  EXPECT_EQ(layout.rows(), tokens);
  EXPECT_EQ(layout.needed_rows(), tokens);
  texts.expect_delivered(layout);
  texts.expect_keys(layout);
}

TEST(BlockLayoutTest, SharedBeginningsAreRowsOnce) {
  const Texts texts(300, 9, 3);
  const std::vector<PlacedText> order = texts.order();
  std::int64_t nodes = 0;
  for (const PlacedText& placed : order) nodes += placed.tokens - placed.shared;
  BlockLayout layout;
  layout.lay(texts.tokens(), order);
  EXPECT_EQ(layout.rows(), nodes);
  texts.expect_delivered(layout);
  texts.expect_keys(layout);
}

TEST(BlockLayoutTest, ABlockInTheMiddleBeginsWithAWholeText) {
  const Texts texts(300, 9, 3);
  const std::vector<PlacedText> order = texts.order();
  BlockLayout layout;
  layout.lay(texts.tokens(), order);  // leaves its traces
  layout.lay(texts.tokens(), std::span(order).subspan(150, 40));
  EXPECT_EQ(layout.texts().size(), 40u);
  EXPECT_EQ(layout.texts()[0].rows, order[150].tokens);
  texts.expect_delivered(layout);
  texts.expect_keys(layout);
}

TEST(BlockLayoutTest, RowsThatNoSinkNeedsCanBeLeftOut) {
  Texts texts(300, 9, 3);
  texts.need_some();
  BlockLayout layout;
  layout.lay(texts.tokens(), texts.order());
  texts.expect_delivered(layout);
  const std::int64_t all = layout.rows(), needed = layout.needed_rows();
  const std::vector<std::int32_t> before = texts.row_ids(layout);
  EXPECT_LT(needed, all);
  layout.keep_needed();
  EXPECT_EQ(layout.rows(), needed);
  texts.expect_delivered(layout);
  const std::vector<std::int32_t> after = texts.row_ids(layout);
  ASSERT_EQ(layout.kept().size(), after.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i], before[layout.kept()[i]]);
}

TEST(BlockLayoutTest, UnseenPadsAreNoKeys) {
  const std::vector<std::int32_t> ids = {0, 0, 5, 6, 7, 8, 0, 0};
  const std::vector<std::int64_t> offsets = {0, 5, 8};
  const std::vector<TokenRange> real = {{2, 5}, {0, 1}};
  BlockLayout layout;
  layout.lay({ids, offsets, real}, std::vector<PlacedText>{{0, 5, 0}, {1, 3, 0}});
  EXPECT_EQ(layout.rows(), 8);
  ASSERT_EQ(layout.keys(0).size(), 1u);
  EXPECT_EQ(layout.keys(0)[0].first, 2);
  EXPECT_EQ(layout.keys(0)[0].count, 3);
  EXPECT_EQ(layout.texts()[0].first_key, 2);
  EXPECT_EQ(layout.keys(1)[0].first, 5);
  EXPECT_EQ(layout.keys(1)[0].count, 1);
}

}  // namespace
}  // namespace sonde::engine
