#include "sonde/data/leak_guard.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Part kTrain = Part::train, kValid = Part::valid, kTest = Part::test;

TEST(LeakGuard, FindsTheSameTextAcrossParts) {
  const std::vector<std::string> texts{"a b", "c", "a b", "c", "d", "a b", "e"};
  const Split split{.parts = {kTrain, kTrain, kTest, kValid, kTest, kTest, kValid}};
  const LeakReport report = find_leaks({.texts = texts}, split);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].kind, LeakKind::text);
  EXPECT_EQ(report.findings[0].later, kValid);
  EXPECT_EQ(report.findings[0].rows, 1);
  EXPECT_EQ(report.findings[1].later, kTest);
  EXPECT_EQ(report.findings[1].rows, 2);
  EXPECT_EQ(report.findings[1].values, 1);
  EXPECT_THAT(report.findings[1].example_rows, ElementsAre(3, 6));
  EXPECT_THAT(report.leaking, ElementsAre(2, 3, 5));
  EXPECT_THAT(report.checked, ElementsAre(LeakKind::text, LeakKind::near_text));
  EXPECT_THAT(report.findings[1].sentence(), HasSubstr("2 test rows have the same text as a train row"));
}

TEST(LeakGuard, TellsNearTextsFromEqualOnes) {
  const std::vector<std::string> texts{"A  Film.", "a film.", "A  Film.", " a\tfilm.\n", "a film"};
  const Split split{.parts = {kTrain, kTest, kTest, kTest, kTest}};
  const LeakReport report = find_leaks({.texts = texts}, split);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].kind, LeakKind::text);
  EXPECT_THAT(report.findings[0].example_rows, ElementsAre(3));
  EXPECT_EQ(report.findings[1].kind, LeakKind::near_text);
  EXPECT_THAT(report.findings[1].example_rows, ElementsAre(2, 4));
  EXPECT_THAT(report.leaking, ElementsAre(1, 2, 3));
}

TEST(LeakGuard, ComparesGroupsAndIdsAndNamesDataRows) {
  const std::vector<std::int64_t> groups{7, 8, 7, 9}, rows{11, 22, 33, 44};
  const std::vector<std::string> ids{"x", "y", "z", "y"};
  const Split split{.parts = {kTrain, kValid, kTest, kTest}};
  const LeakReport report = find_leaks({.groups = groups, .ids = ids, .data_rows = rows}, split);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].kind, LeakKind::group);
  EXPECT_EQ(report.findings[0].earlier, kTrain);
  EXPECT_THAT(report.findings[0].example_rows, ElementsAre(33));
  EXPECT_EQ(report.findings[1].kind, LeakKind::id);
  EXPECT_EQ(report.findings[1].earlier, kValid);
  EXPECT_THAT(report.findings[1].example_rows, ElementsAre(44));
}

TEST(LeakGuard, IsQuietWhenNothingLeaks) {
  const std::vector<std::string> texts{"a", "a", "b", "b"};
  const Split split{.parts = {kTrain, kTrain, kTest, kTest}};
  const LeakReport report = find_leaks({.texts = texts}, split);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_TRUE(report.leaking.empty());
  EXPECT_EQ(rows_to_use(report, split, LeakPolicy::refuse).size(), 4u);
}

TEST(LeakGuard, WarnsDropsOrRefuses) {
  const std::vector<std::string> texts{"a", "b", "a"};
  const Split split{.parts = {kTrain, kTest, kTest}};
  const LeakReport report = find_leaks({.texts = texts}, split);
  EXPECT_THAT(rows_to_use(report, split, LeakPolicy::warn), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows_to_use(report, split, LeakPolicy::drop), ElementsAre(0, 1));
  try {
    (void)rows_to_use(report, split, LeakPolicy::refuse);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr("same text"));
  }
}

TEST(LeakGuard, ReadsPoliciesFromWords) {
  EXPECT_EQ(leak_policy("warn"), LeakPolicy::warn);
  EXPECT_EQ(leak_policy("drop"), LeakPolicy::drop);
  EXPECT_EQ(leak_policy("refuse"), LeakPolicy::refuse);
  EXPECT_THROW((void)leak_policy("dorp"), Error);
}

}  // namespace
}  // namespace sonde::data
