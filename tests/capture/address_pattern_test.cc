// Matching of paths, lists and indices as text, with no model.
#include "sonde/capture/address_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/scratch_folder.h"

namespace sonde::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MatchesTest, OneStarStaysWithinASegment) {
  EXPECT_TRUE(matches("h.*.mlp", "h.5.mlp"));
  EXPECT_TRUE(matches("h.*", "h.5"));
  EXPECT_TRUE(matches("*_proj", "c_proj"));
  EXPECT_TRUE(matches("a*c*e", "abcde"));
  EXPECT_TRUE(matches("h.1*", "h.11"));
  EXPECT_FALSE(matches("h.*", "h.5.mlp"));
  EXPECT_FALSE(matches("*", "h.5"));
  EXPECT_FALSE(matches("h.*.mlp", "h.5.attn"));
  EXPECT_FALSE(matches("*_proj", "c_projection"));
}

TEST(MatchesTest, TwoStarsCrossSegments) {
  EXPECT_TRUE(matches("**", "h.5.mlp.act"));
  EXPECT_TRUE(matches("**.act", "h.5.mlp.act"));
  EXPECT_TRUE(matches("**.act", "act"));
  EXPECT_TRUE(matches("h.**.act", "h.5.mlp.act"));
  EXPECT_TRUE(matches("h.**", "h.5.mlp"));
  EXPECT_TRUE(matches("h.**", "h"));
  EXPECT_TRUE(matches("h.**.5.**", "h.5"));
  EXPECT_FALSE(matches("**.act", "h.5.mlp.act.x"));
  EXPECT_FALSE(matches("**.act", "h.5.react"));
  EXPECT_FALSE(matches("g.**", "h.5.mlp"));
}

TEST(MatchesTest, APlainPathMatchesItselfAlone) {
  EXPECT_TRUE(matches("h.5.mlp", "h.5.mlp"));
  EXPECT_FALSE(matches("h.5", "h.5.mlp"));
  EXPECT_FALSE(matches("h.5.mlp", "h.5"));
  EXPECT_FALSE(matches("h.5", "h.55"));
}

TEST(SplitListTest, DropsSpacesAndEmptyParts) {
  EXPECT_THAT(split_list("hidden[0], h.5.mlp ,,embed"), ElementsAre("hidden[0]", "h.5.mlp", "embed"));
  EXPECT_THAT(split_list(""), IsEmpty());
  EXPECT_THAT(split_list(" , "), IsEmpty());
}

TEST(ParseIndexedTest, TakesWordIndexAndRestApart) {
  const auto address = parse_indexed("layers[2:4].mlp.act");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->word, "layers");
  EXPECT_EQ(address->index, "2:4");
  EXPECT_EQ(address->rest, ".mlp.act");
  EXPECT_FALSE(parse_indexed("h.5.mlp").has_value());
  EXPECT_EQ(files::error_of([] { parse_indexed("hidden[3"); }).code(), ErrorCode::usage);
}

std::vector<std::int64_t> selected(const std::string& index, std::int64_t count) {
  return select({"hidden", index, ""}, count);
}

TEST(SelectTest, IndicesAndRangesAreThoseOfPython) {
  EXPECT_THAT(selected("3", 7), ElementsAre(3));
  EXPECT_THAT(selected("-1", 7), ElementsAre(6));
  EXPECT_THAT(selected("-7", 7), ElementsAre(0));
  EXPECT_THAT(selected("*", 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(selected("4:6", 7), ElementsAre(4, 5));
  EXPECT_THAT(selected(":2", 7), ElementsAre(0, 1));
  EXPECT_THAT(selected("5:", 7), ElementsAre(5, 6));
  EXPECT_THAT(selected("-2:", 7), ElementsAre(5, 6));
  EXPECT_THAT(selected(":-5", 7), ElementsAre(0, 1));
  EXPECT_THAT(selected("5:100", 7), ElementsAre(5, 6));
  EXPECT_THAT(selected(":", 2), ElementsAre(0, 1));
}

TEST(SelectTest, WhatSelectsNothingIsRefusedWithTheRange) {
  for (const char* bad :
       {"7", "-8", "", "x", "1.5", "4:4", "6:2", "a:b", "1:2:3", " 1", "99999999999999999999"}) {
    const Error error = files::error_of([&] { selected(bad, 7); });
    EXPECT_EQ(error.code(), ErrorCode::usage) << bad;
    EXPECT_THAT(error.what(), ::testing::HasSubstr("-7 to 6")) << bad;
  }
}

TEST(ChooseNames, TakesNamesPatternsAndIndicesWhereThereIsNoModel) {
  const std::vector<std::string> names = {"hidden[0]", "hidden[2]", "hidden[x]", "a.mlp", "b.mlp", "mean["};
  EXPECT_THAT(choose_names(names, "b.mlp"), ElementsAre("b.mlp"));
  EXPECT_THAT(choose_names(names, "*.mlp"), ElementsAre("a.mlp", "b.mlp"));
  EXPECT_THAT(choose_names(names, "hidden[*]"), ElementsAre("hidden[0]", "hidden[2]", "hidden[x]"));
  EXPECT_THAT(choose_names(names, "hidden[1:]"), ElementsAre("hidden[2]"));
  EXPECT_THAT(choose_names(names, "hidden[-1]"), ElementsAre("hidden[2]"));
  EXPECT_THAT(choose_names(names, "hidden[x]"), ElementsAre("hidden[x]"));
  EXPECT_THAT(choose_names(names, "hidden[1]"), ElementsAre());
  EXPECT_THAT(choose_names(names, "layers[*]"), ElementsAre());
  EXPECT_THROW(choose_names(names, "hidden[3]"), Error);
  const std::vector<std::string> far = {"x[9223372036854775807]", "x[7]"};
  EXPECT_THAT(choose_names(far, "x[5:]"), ElementsAre("x[7]"));
  EXPECT_THROW(choose_names(far, "x[-2:9]"), Error);
}

}  // namespace
}  // namespace sonde::capture
