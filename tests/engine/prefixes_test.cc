// Texts in the order of a trie, against counting its nodes in a set of all beginnings.
#include "sonde/engine/prefixes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "sonde/core/random.h"

namespace sonde::engine {
namespace {

struct Texts {
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> offsets{0}, lengths;

  void add(const std::vector<std::int32_t>& text) {
    ids.insert(ids.end(), text.begin(), text.end());
    offsets.push_back(static_cast<std::int64_t>(ids.size()));
    lengths.push_back(static_cast<std::int64_t>(text.size()));
  }
  std::vector<PlacedText> order() const { return order_by_prefix({ids, offsets}, lengths); }
};

TEST(OrderByPrefixTest, NeighboursShareWhatTheyBeginWith) {
  Texts texts;
  texts.add({3, 1});
  texts.add({1, 2, 3});
  texts.add({1, 2});
  texts.add({1, 2, 3});
  texts.add({1, 5, 3});
  std::vector<std::int64_t> order, shared;
  for (const PlacedText& placed : texts.order()) {
    order.push_back(placed.text);
    shared.push_back(placed.shared);
  }
  EXPECT_THAT(order, ::testing::ElementsAre(2, 1, 3, 4, 0));
  EXPECT_THAT(shared, ::testing::ElementsAre(0, 2, 3, 1, 0));
}

TEST(OrderByPrefixTest, TokensBeyondALengthDoNotCount) {
  Texts texts;
  texts.add({1, 2, 9, 9});
  texts.add({1, 2, 3});
  texts.lengths = {2, 3};
  const std::vector<PlacedText> order = texts.order();
  EXPECT_EQ(order[0].text, 0);
  EXPECT_EQ(order[1].shared, 2);
}

TEST(OrderByPrefixTest, WhatIsNotSharedCountsTheNodesOfTheTrie) {
  const RandomStream stream(4, "tokens");
  Texts texts;
  std::set<std::vector<std::int32_t>> beginnings;
  for (std::int64_t i = 0; i < 300; ++i) {
    std::vector<std::int32_t> text;
    const std::int64_t length = 1 + static_cast<std::int64_t>(stream.below(7, i));
    for (std::int64_t t = 0; t < length; ++t) {
      text.push_back(static_cast<std::int32_t>(stream.below(3, 1000 + 10 * i + t)));
      beginnings.insert(text);
    }
    texts.add(text);
  }
  std::size_t nodes = 0;
  std::vector<std::int64_t> seen;
  for (const PlacedText& placed : texts.order()) {
    nodes += static_cast<std::size_t>(placed.tokens - placed.shared);
    seen.push_back(placed.text);
  }
  EXPECT_EQ(nodes, beginnings.size());
  std::ranges::sort(seen);
  std::vector<std::int64_t> all(300);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
}

}  // namespace
}  // namespace sonde::engine
