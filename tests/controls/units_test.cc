// Units of rows: whole groups, nested subsets, resamples that keep every class.
#include "sonde/controls/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace sonde::controls {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

const std::vector<std::int64_t> kGroups = {5, 5, 8, 5, 8, 1};

TEST(Units, GroupsStandInOrderOfTheirFirstRow) {
  const Units units(6, kGroups);
  ASSERT_EQ(units.count(), 3);
  EXPECT_THAT(units.rows(0), ElementsAre(0, 1, 3));
  EXPECT_THAT(units.rows(1), ElementsAre(2, 4));
  EXPECT_EQ(Units(6, {}).count(), 6);
}

TEST(Units, ASubsetHoldsWholeGroupsEveryClassAndTheSmallerSubset) {
  const Units units(6, kGroups);
  const std::vector<std::int32_t> labels = {0, 0, 0, 0, 0, 1};  // group 1 alone has class 1
  for (int seed = 0; seed < 30; ++seed) {
    const RandomStream stream(seed, "test");
    const auto small = units.subset(1, labels, 2, stream), large = units.subset(5, labels, 2, stream);
    EXPECT_TRUE(std::ranges::includes(large, small));
    EXPECT_TRUE(std::ranges::binary_search(small, 5));
    for (const std::int64_t unit : {0, 1, 2}) {
      const auto rows = units.rows(unit);
      const auto held =
          std::ranges::count_if(rows, [&](auto r) { return std::ranges::binary_search(small, r); });
      EXPECT_TRUE(held == 0 || held == static_cast<std::ptrdiff_t>(rows.size()));
    }
  }
}

TEST(Units, AResampleDrawsAsManyUnitsAndLosesNoClass) {
  std::vector<std::int32_t> labels(50);
  labels[49] = 1;
  const Units units(50, {});
  int lost = 0;
  for (int seed = 0; seed < 200; ++seed) {
    const auto rows = units.resample(labels, 2, RandomStream(seed, "test"));
    EXPECT_EQ(std::ranges::count(rows, 49) == 0, false);
    lost += rows.size() == 51 ? 1 : 0;
  }
  // A row is not drawn with probability (1 - 1/50)^50 = 0.364: 73 of 200, deviation 6.8; within 3.
  EXPECT_NEAR(lost, 73, 20);
}

TEST(Units, WeightsCountWholeGroups) {
  const Units units(6, kGroups);
  for (int seed = 0; seed < 20; ++seed) {
    const auto weights = units.weights(RandomStream(seed, "test"));
    EXPECT_EQ(weights[0], weights[3]);
    EXPECT_EQ(weights[2], weights[4]);
    EXPECT_EQ(weights[0] + weights[2] + weights[5], 3u) << "three units are drawn";
  }
}

TEST(Units, AShuffleKeepsGroupsTogether) {
  const auto order = Units(6, kGroups).shuffled(RandomStream(3, "test"));
  EXPECT_THAT(order, UnorderedElementsAre(0, 1, 2, 3, 4, 5));
  const auto at = std::ranges::find(order, 2);
  ASSERT_NE(at + 1, order.end());
  EXPECT_EQ(*(at + 1), 4);
}

}  // namespace
}  // namespace sonde::controls
