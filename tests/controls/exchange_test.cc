// Which labels stand in for which: what every exchange keeps, and that it does exchange.
#include "sonde/controls/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace sonde::controls {
namespace {

using Labels = std::vector<std::int32_t>;
Labels exchanged_labels(const Labels& labels, const std::vector<std::int64_t>& groups,
                        const RandomStream& stream) {
  Labels moved;
  for (const std::int64_t from : exchanged_rows(labels, groups, stream)) moved.push_back(labels[from]);
  return moved;
}

using Lists = std::multiset<std::multiset<std::int32_t>>;

Lists lists_of(const Labels& labels, const std::vector<std::int64_t>& groups) {
  std::map<std::int64_t, std::multiset<std::int32_t>> lists;
  for (std::size_t i = 0; i < labels.size(); ++i) lists[groups[i]].insert(labels[i]);
  Lists all;
  for (const auto& [group, list] : lists) all.insert(list);
  return all;
}

TEST(Exchange, RowsThatStandAloneTakeAnyOrderEquallyOften) {
  std::map<Labels, int> seen;
  for (int i = 0; i < 600; ++i) ++seen[exchanged_labels(Labels{0, 1, 2}, {}, RandomStream(i, "test"))];
  ASSERT_EQ(seen.size(), 6u);
  // Binomial(600, 1/6): mean 100, deviation 9.1; within 4 deviations.
  for (const auto& [labels, times] : seen) EXPECT_NEAR(times, 100, 37);
}

TEST(Exchange, GroupsOfOneLabelStayOfOneLabel) {
  const std::vector<std::int64_t> groups = {7, 7, 7, 2, 2, 9};
  const Labels labels = {0, 0, 0, 1, 1, 1};
  ASSERT_EQ(exchange_of(labels, groups), Exchange::groups);
  std::set<Labels> seen;
  for (int i = 0; i < 100; ++i) {
    const Labels moved = exchanged_labels(labels, groups, RandomStream(i, "test"));
    EXPECT_EQ(exchange_of(moved, groups), Exchange::groups);
    EXPECT_EQ(moved[0] + moved[3] + moved[5], 2) << "two of three groups hold label 1";
    seen.insert(moved);
  }
  EXPECT_EQ(seen.size(), 3u);
}

TEST(Exchange, MixedGroupsKeepTheirListsOrGiveThemToGroupsOfTheirSize) {
  const std::vector<std::int64_t> groups = {1, 1, 2, 2, 3, 3, 3};
  const Labels labels = {0, 0, 0, 1, 1, 1, 0};
  ASSERT_EQ(exchange_of(labels, groups), Exchange::both);
  std::set<Labels> seen;
  for (int i = 0; i < 200; ++i) {
    const Labels moved = exchanged_labels(labels, groups, RandomStream(i, "test"));
    EXPECT_EQ(lists_of(moved, groups), lists_of(labels, groups));
    EXPECT_EQ(moved[4] + moved[5] + moved[6], 2) << "no other group has three rows";
    seen.insert(moved);
  }
  // Which pair holds {0, 1}: 2; its order: 2; the order of the three: 3.
  EXPECT_EQ(seen.size(), 12u);
}

}  // namespace
}  // namespace sonde::controls
