#include "sonde/data/targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

Examples labelled(const std::vector<std::string_view>& labels) {
  return build_examples({.labels = labels}, {});
}

TEST(Targets, ParsesWholeTextsAlone) {
  EXPECT_EQ(parse_number("-2.5e3"), -2500);
  EXPECT_EQ(parse_number("7"), 7);
  for (const char* text : {"", "7 ", " 7", "7x", "seven", "nan", "inf", "1,000"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

// Classes are sorted, so that a label's id says nothing of its number.
TEST(Targets, AreTheNumbersOfTheLabelsInTheOrderOfTheRows) {
  Examples examples = labelled({"10", "2", "10", "0.5"});
  read_targets("rating", examples);
  EXPECT_THAT(examples.targets, testing::ElementsAre(10, 2, 10, 0.5));
  EXPECT_FALSE(are_whole(examples));
  Examples whole = labelled({"1", "2"});
  read_targets("rating", whole);
  EXPECT_TRUE(are_whole(whole));
}

TEST(Targets, RefusesALabelThatIsNoNumberWithItsRow) {
  Examples examples = labelled({"1", "2", "three", "three"});
  try {
    read_targets("rating", examples);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("rating, row 3"), testing::HasSubstr("'three'")));
  }
}

TEST(Targets, RefusesASingleNumber) {
  Examples examples = labelled({"4", "4.0"});
  read_targets("rating", examples);
  EXPECT_THROW(require_two_numbers(examples), Error);
}

}  // namespace
}  // namespace sonde::data
