#include "sonde/data/group_deal.h"

#include <gmock/gmock.h>

#include <array>
#include <map>
#include <set>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

// Twenty groups of sizes 1 … 20, the odd ones of one class and the even ones of another.
struct Deck {
  std::vector<std::int64_t> groups;
  std::vector<std::int32_t> labels;

  Deck() {
    for (std::int64_t g = 1; g <= 20; ++g) {
      groups.insert(groups.end(), g, g);
      labels.insert(labels.end(), g, static_cast<std::int32_t>(g % 2));
    }
  }
  GroupedRows rows() const { return {groups, labels, 2}; }
};

TEST(GroupDeal, KeepsGroupsWholeAndClassesLevel) {
  const Deck deck;
  const std::vector<double> shares(5, 0.2);
  const auto parts = deal_groups(deck.rows(), shares, RandomStream(3, "deal"));
  std::map<std::int64_t, std::set<std::size_t>> seen;
  std::vector<std::array<int, 2>> counts(5);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    seen[deck.groups[i]].insert(parts[i]);
    ++counts[parts[i]][deck.labels[i]];
  }
  for (const auto& [group, in] : seen) EXPECT_EQ(in.size(), 1u) << group;
  // 100 rows of odd groups and 110 of even ones; a part misses its fifth by less than the largest group.
  for (const auto& of_part : counts) {
    EXPECT_NEAR(of_part[1], 20, 19);
    EXPECT_NEAR(of_part[0], 22, 20);
    EXPECT_GT(of_part[0], 0);
    EXPECT_GT(of_part[1], 0);
  }
}

TEST(GroupDeal, GivesNothingToAPartWithoutAShare) {
  const Deck deck;
  const std::vector<double> shares{0.5, 0, 0.5};
  for (const std::size_t part : deal_groups(deck.rows(), shares, RandomStream(3, "deal")))
    EXPECT_NE(part, 1u);
}

TEST(GroupDeal, RefusesFewerGroupsThanParts) {
  const std::vector<std::int64_t> groups{1, 1, 2};
  const std::vector<double> thirds(3, 1.0 / 3);
  EXPECT_THROW(deal_groups({groups, {}, 0}, thirds, RandomStream(3, "deal")), Error);
}

}  // namespace
}  // namespace sonde::data
