// Which known words a mistyped one answers with.
#include "sonde/core/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sonde {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string> kKnown = {"bert", "gpt2", "llama", "mean", "mean_content", "max"};

TEST(NearestTest, FewestEditsComeFirst) {
  EXPECT_THAT(nearest("bret", kKnown, 1), ElementsAre("bert"));
  EXPECT_THAT(nearest("lama", kKnown, 1), ElementsAre("llama"));
  EXPECT_THAT(nearest("gpt", kKnown, 1), ElementsAre("gpt2"));
}

TEST(NearestTest, CaseDoesNotCount) { EXPECT_THAT(nearest("BERT", kKnown, 1), ElementsAre("bert")); }

TEST(NearestTest, AWordThatContainsTheGivenOneIsFavoured) {
  // "content" is 5 edits from "mean_content" and 5 from "bert", which would stand first by edits alone.
  EXPECT_THAT(nearest("content", kKnown, 1), ElementsAre("mean_content"));
}

TEST(NearestTest, NoMoreThanAskedForAndNoMoreThanKnown) {
  EXPECT_EQ(nearest("bert", kKnown).size(), 3u);
  EXPECT_EQ(nearest("bert", kKnown, 100).size(), kKnown.size());
  EXPECT_TRUE(nearest("bert", {}).empty());
  EXPECT_TRUE(nearest("bert", kKnown, 0).empty());
}

TEST(NearestTest, TiesKeepTheOrderOfTheKnown) {
  EXPECT_THAT(nearest("x", std::vector<std::string>{"b", "a", "c"}), ElementsAre("b", "a", "c"));
}

TEST(NearestTest, AnEmptyWordIsNotPartOfEverything) {
  EXPECT_THAT(nearest("", kKnown, 1), ElementsAre("max"));
}

TEST(DidYouMeanTest, JoinsAsASentenceDoes) {
  EXPECT_EQ(did_you_mean("a", {}), "");
  EXPECT_EQ(did_you_mean("bret", kKnown, 1), "did you mean 'bert'?");
  EXPECT_EQ(did_you_mean("x", std::vector<std::string>{"a", "b"}), "did you mean 'a' or 'b'?");
  EXPECT_EQ(did_you_mean("x", std::vector<std::string>{"a", "b", "c"}), "did you mean 'a', 'b' or 'c'?");
}

}  // namespace
}  // namespace sonde
