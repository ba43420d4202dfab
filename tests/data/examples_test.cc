#include "sonde/data/examples.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

using Column = std::vector<std::string_view>;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const ExampleColumns& columns, const ExampleRules& rules = {}) {
  try {
    (void)build_examples(columns, rules);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    return error.what();
  }
  return "";
}

TEST(Examples, BuildsFromColumns) {
  const Column texts{"one", "two", "three"}, labels{"pos", "neg", "pos"}, groups{"y", "x", "y"};
  const Examples examples =
      build_examples({.texts = texts, .labels = labels, .groups = groups, .ids = texts}, {});
  EXPECT_THAT(examples.texts, ElementsAre("one", "two", "three"));
  EXPECT_THAT(examples.classes, ElementsAre("neg", "pos"));
  EXPECT_THAT(examples.labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(examples.groups, ElementsAre(0, 1, 0));
  EXPECT_THAT(examples.group_names, ElementsAre("y", "x"));
  EXPECT_THAT(examples.ids, ElementsAre("one", "two", "three"));
  EXPECT_THAT(examples.rows, ElementsAre(1, 2, 3));
  EXPECT_THAT(examples.class_counts(), ElementsAre(1, 2));
  EXPECT_TRUE(examples.split.empty());
}

TEST(Examples, PickGivesRowsInOrderAndForgetsClassesThatNoneHas) {
  const Column texts{"one", "two", "three", "four"}, labels{"b", "a", "c", "b"}, groups{"y", "x", "y", "z"};
  const Examples all = build_examples({.texts = texts, .labels = labels, .groups = groups}, {});
  const Examples some = pick(all, std::vector<std::int64_t>{3, 2, 3});
  EXPECT_THAT(some.texts, ElementsAre("four", "three", "four"));
  EXPECT_THAT(some.classes, ElementsAre("b", "c"));
  EXPECT_THAT(some.labels, ElementsAre(0, 1, 0));
  EXPECT_THAT(some.groups, ElementsAre(2, 0, 2));
  EXPECT_THAT(some.rows, ElementsAre(4, 3, 4));
  EXPECT_THAT(pick(some, std::vector<std::int64_t>{1}).places, ElementsAre(2))
      << "places are those first built";
  EXPECT_EQ(some.data_rows, 4);
}

TEST(Examples, JoinTakesEqualNamesForTheSame) {
  const Column texts{"one", "two"}, labels{"10", "9"}, groups{"y", "x"}, more{"three", "four"},
      more_labels{"100", "9"}, more_groups{"x", "w"};
  const Examples both =
      join(build_examples({.texts = texts, .labels = labels, .groups = groups}, {}),
           build_examples({.texts = more, .labels = more_labels, .groups = more_groups}, {}));
  EXPECT_THAT(both.texts, ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(both.classes, ElementsAre("9", "10", "100"));
  EXPECT_THAT(both.labels, ElementsAre(1, 0, 2, 0));
  EXPECT_THAT(both.groups, ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(both.group_names, ElementsAre("y", "x", "w"));
  EXPECT_THAT(both.rows, ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(both.places, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(both.data_rows, 4);
}

TEST(Examples, SortsNumbersAsNumbersAndOtherNamesByBytes) {
  const Column texts(4, "t"), numbers{"10", "9", "-1", "2.5"}, mixed{"10", "9", "b", "B"};
  EXPECT_THAT(build_examples({.texts = texts, .labels = numbers}, {}).classes,
              ElementsAre("-1", "2.5", "9", "10"));
  EXPECT_THAT(build_examples({.texts = texts, .labels = mixed}, {}).classes,
              ElementsAre("10", "9", "B", "b"));
}

TEST(Examples, NamesRowsWithoutTextOrLabel) {
  const Column texts{"a", "", "c", "  ", "e"}, labels{"1", "2", "", "1", "2"};
  const std::string message = refusal({.texts = texts, .labels = labels});
  EXPECT_THAT(message, HasSubstr("2 rows without a text"));
  EXPECT_THAT(message, HasSubstr("rows 2, 4"));
  const Column all{"a", "b", "c", "d", "e"};
  EXPECT_THAT(refusal({.texts = all, .labels = labels}), HasSubstr("row 3"));
}

TEST(Examples, SkipsAndCountsWhenAsked) {
  const Column texts{"a", "", "c", "  ", "e"}, labels{"1", "2", "", "1", "2"};
  const Examples examples =
      build_examples({.texts = texts, .labels = labels}, {.missing = MissingRows::skip});
  EXPECT_THAT(examples.rows, ElementsAre(1, 5));
  EXPECT_EQ(examples.skipped_missing, 3);
  EXPECT_EQ(examples.data_rows, 5);
}

TEST(Examples, DropsLabelsBeforeItLooksForMissingTexts) {
  const Column texts{"a", "", "c"}, labels{"fresh", "plot", "rotten"};
  const Examples examples = build_examples({.texts = texts, .labels = labels}, {.drop_labels = {"plot"}});
  EXPECT_THAT(examples.classes, ElementsAre("fresh", "rotten"));
  EXPECT_EQ(examples.dropped_labels, 1);
  EXPECT_THAT(build_examples({.texts = texts, .labels = labels}, {.keep_labels = {"rotten"}}).rows,
              ElementsAre(3));
}

TEST(Examples, AnswersAMistypedLabelWithTheNearest) {
  const Column texts{"a", "b"}, labels{"fresh", "rotten"};
  EXPECT_THAT(refusal({.texts = texts, .labels = labels}, {.keep_labels = {"roten"}}), HasSubstr("'rotten'"));
}

TEST(Examples, RefusesNoRowsAndOneClass) {
  EXPECT_THAT(refusal({}), HasSubstr("no rows"));
  const Column texts{"a", "b"}, labels{"x", "x"};
  EXPECT_THAT(refusal({.texts = texts, .labels = labels}, {.drop_labels = {"x"}}),
              HasSubstr("no row is left"));
  const Examples examples = build_examples({.texts = texts, .labels = labels}, {});
  try {
    require_two_classes(examples);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr("'x'"));
  }
}

TEST(Examples, NeedsNoLabels) {
  const Column texts{"a", "b"};
  EXPECT_TRUE(build_examples({.texts = texts}, {}).labels.empty());
}

}  // namespace
}  // namespace sonde::data
