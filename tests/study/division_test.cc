#include "sonde/study/division.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"
#include "sonde/replay/numpy_generator.h"

namespace sonde::study {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using Rows = std::vector<std::int64_t>;

data::Examples examples(std::int64_t n) {
  std::vector<std::string> texts, labels;
  for (std::int64_t i = 0; i < n; ++i) {
    texts.push_back("text " + std::to_string(i));
    labels.push_back(i % 2 == 0 ? "even" : "odd");
  }
  const std::vector<std::string_view> text_views(texts.begin(), texts.end()),
      label_views(labels.begin(), labels.end());
  return data::build_examples({.texts = text_views, .labels = label_views}, {});
}

DivisionRules rules(const std::string& method, const data::SampleOptions& sample) {
  DivisionRules rules{.split = {}, .leaks = "warn", .sample = sample};
  rules.split.method = method;
  return rules;
}

DividedExamples divided(std::int64_t n, const DivisionRules& how) {
  return divide(sampled(examples(n), how), how);
}

std::string refusal(std::int64_t n, const DivisionRules& how) {
  try {
    (void)divided(n, how);
  } catch (const Error& error) {
    return std::string(error.what()) + " " + error.parts().hint;
  }
  return "nothing was refused";
}

TEST(Division, ASampleIsLaidOutInTheOrderDrawn) {
  const Rows order = replay::NumpyGenerator(42).permutation(60);
  const DividedExamples d =
      divided(60, rules("sample", {.stream = "datasets", .seed = 42, .train = 30, .valid = 10, .test = 12}));
  EXPECT_EQ(d.places, Rows(order.begin(), order.begin() + 52));
  EXPECT_EQ(d.train.count, 30);
  EXPECT_EQ(d.valid.first, 30);
  EXPECT_EQ(d.test.first, 40);
  EXPECT_EQ(d.test.count, 12);
  for (std::size_t i = 0; i < d.places.size(); ++i) {
    EXPECT_EQ(d.texts[i], "text " + std::to_string(d.places[i]));
    EXPECT_EQ(d.data_rows[i], d.places[i] + 1);
    EXPECT_EQ(d.labels[i], d.places[i] % 2);
  }
}

TEST(Division, RowsAreCountedBeforeTheyAreDivided) {
  const DividedExamples d = divided(100, rules("stratified", {.count = 40}));
  EXPECT_EQ(d.order.size(), 40u);
  EXPECT_EQ(d.examples.size(), 40);
  for (const RowRange part : {d.train, d.valid, d.test}) {
    const auto first = d.order.begin() + part.first;
    EXPECT_TRUE(std::ranges::is_sorted(first, first + part.count)) << "parts keep the order of the sample";
  }
  EXPECT_FALSE(std::ranges::is_sorted(d.places.begin(), d.places.begin() + d.train.count));
}

// A row that is drawn twice and lands on both sides is found, named and can be dropped.
TEST(Division, TheGuardFindsARowDrawnTwice) {
  DivisionRules how = rules("random", {.method = "replacement", .seed = 1, .count = 60});
  const DividedExamples d = divided(30, how);
  ASSERT_FALSE(d.leaks.findings.empty());
  std::int64_t crossing = 0;
  for (std::int64_t i = d.valid.first; i < static_cast<std::int64_t>(d.places.size()); ++i) {
    const std::int64_t before = i < d.test.first ? d.valid.first : d.test.first;
    if (std::find(d.places.begin(), d.places.begin() + before, d.places[i]) != d.places.begin() + before) {
      ++crossing;
      EXPECT_THAT(d.leaking, Contains(i));
    }
  }
  EXPECT_GT(crossing, 0);
  EXPECT_EQ(static_cast<std::int64_t>(d.leaking.size()), crossing);
  how.leaks = "drop";
  EXPECT_EQ(static_cast<std::int64_t>(divided(30, how).order.size()), 60 - crossing);
}

TEST(Division, ATableForTestsGivesValidationAndTest) {
  DivisionRules how;
  how.test_rows = 24;
  const DividedExamples d = divided(100, how);
  EXPECT_EQ(d.train.count, 76);
  EXPECT_EQ(d.valid.count, 10) << "0.15 to 0.25 of each class of 12";
  EXPECT_EQ(d.test.count, 14);
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(d.places[i] < 76, i < 76);
}

TEST(Division, ResubstitutionTrainsAndTestsOnEveryRow) {
  const DividedExamples d = divided(10, rules("resubstitution", {.method = "first", .count = 8}));
  EXPECT_EQ(d.train.first, 0);
  EXPECT_EQ(d.train.count, 8);
  EXPECT_EQ(d.test.first, 0);
  EXPECT_EQ(d.test.count, 8);
  EXPECT_EQ(d.valid.count, 0);
  EXPECT_TRUE(d.leaks.checked.empty()) << "nothing is called clean";
}

TEST(Division, RefusesWhatDoesNotGoTogether) {
  DivisionRules how = rules("resubstitution", {.train = 3});
  EXPECT_THAT(refusal(10, how), HasSubstr("give count alone"));
  how = rules("resubstitution", {});
  how.leaks = "drop";
  EXPECT_THAT(refusal(10, how), HasSubstr("both sides"));
  how = rules("stratified", {.count = 5});
  how.test_rows = 4;
  EXPECT_THAT(refusal(10, how), HasSubstr("count the parts"));
  how = rules("kfold", {});
  how.test_rows = 4;
  EXPECT_THAT(refusal(10, how), HasSubstr("tests every row"));
  EXPECT_THAT(refusal(10, rules("stratified", {.count = 11})), HasSubstr("got 11 of 10"));
  EXPECT_THAT(refusal(10, rules("sample", {.method = "first", .train = 9, .test = 1})),
              HasSubstr("class 'even' has no row in the test part"));
}

}  // namespace
}  // namespace sonde::study
