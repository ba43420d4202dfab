// Numbers in words: digits, minus, thin space, thousands, plurals.
#include "sonde/report/wording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sonde/report/figure.h"

namespace sonde::report {
namespace {

TEST(Wording, WritesNumbersTheSameEverywhere) {
  const MetricStyle accuracy = metric_style("accuracy"), mcc = metric_style("mcc");
  EXPECT_EQ(value_with_unit(accuracy, 0.78307), "78.3\u202f%");
  EXPECT_EQ(value_with_unit(mcc, 0.55207), "0.552");
  EXPECT_EQ(signed_text(accuracy, -0.01517), "\u22121.5");
  EXPECT_EQ(signed_text(accuracy, 0.0251), "+2.5");
  EXPECT_EQ(signed_text(accuracy, -0.0001), "+0.0") << "no minus before zero";
  EXPECT_EQ(interval_text(accuracy, {0, -0.014, 0.02}), "[\u22121.4, 2.0]");
  EXPECT_EQ(interval_text(accuracy, {0.5, std::nan(""), 0.6}), "");
  EXPECT_EQ(fixed(std::nan(""), 3), "undefined");
  EXPECT_EQ(points_text(accuracy, 0.01), "1.0 point");
}

TEST(Wording, GroupsThousands) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(1000), "1,000");
  EXPECT_EQ(count(22713216), "22,713,216");
  EXPECT_EQ(count(-12808), "\u221212,808");
  EXPECT_EQ(millions(22713216), "22.7 M");
  EXPECT_EQ(seconds_text(58.2), "58 s");
  EXPECT_EQ(seconds_text(200), "3 min 20 s");
}

TEST(Wording, FormsPluralsAndLists) {
  EXPECT_EQ(plural("review", 1), "review");
  EXPECT_EQ(plural("review", 2), "reviews");
  EXPECT_EQ(plural("class", 2), "classes");
  EXPECT_EQ(plural("story", 2), "stories");
  EXPECT_EQ(plural("essay", 2), "essays");
  const std::vector<std::string> three = {"a", "b", "c"};
  EXPECT_EQ(join_and(three), "a, b and c");
  EXPECT_EQ(last_part("models/minilm/"), "minilm");
  EXPECT_EQ(lower_title(metric_style("balanced_accuracy")), "balanced accuracy");
  EXPECT_EQ(lower_title(metric_style("auroc")), "AUROC");
  EXPECT_EQ(metric_style("my_own_metric").title, "My own metric");
}

TEST(Wording, ChoosesRoundTicks) {
  EXPECT_THAT(round_ticks(58.1, 80.9, 5), testing::ElementsAre(60, 65, 70, 75, 80));
  EXPECT_TRUE(round_ticks(1, 1, 5).empty());
}

TEST(SentenceBuilder, EscapesMarkupAndKeepsPlainText) {
  Sentence s;
  s.code("<b>&\"'").text(" x");
  EXPECT_EQ(s.html(), "<code>&lt;b&gt;&amp;&quot;&#39;</code> x");
  EXPECT_EQ(s.plain(), "<b>&\"' x");
}

}  // namespace
}  // namespace sonde::report
