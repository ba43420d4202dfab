#include "sonde/data/split.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

#include "sonde/core/error.h"
#include "sonde/core/random.h"

namespace sonde::data {
namespace {

using testing::HasSubstr;

// n rows of k classes with shares 1 : 2 : … and groups of uneven size.
struct Rows {
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> groups;
  std::vector<std::string> classes, column;

  SplitInput input() const {
    return {.rows = static_cast<std::int64_t>(labels.size()),
            .labels = labels,
            .classes = classes,
            .groups = groups,
            .column = column};
  }
};

Rows make_rows(std::int64_t n, int k) {
  const RandomStream stream(1, "split test");
  Rows rows;
  for (int c = 0; c < k; ++c) rows.classes.push_back("class " + std::to_string(c));
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t draw = stream.below(k * (k + 1) / 2, i);
    std::int32_t label = 0;
    while (draw > label) draw -= ++label;
    rows.labels.push_back(label);
    rows.groups.push_back(
        static_cast<std::int64_t>(std::sqrt(static_cast<double>(stream.below(10000, n + i)))));
  }
  return rows;
}

std::string refusal(const SplitInput& input, const SplitOptions& options, ErrorCode code) {
  try {
    (void)make_split(input, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "";
}

double share(const Split& split, Part part) { return double(split.count(part)) / double(split.parts.size()); }

TEST(Split, TakesFractionsOfAllRows) {
  const Rows rows = make_rows(1000, 2);
  for (const char* method : {"random", "stratified"}) {
    const Split split = make_split(rows.input(), {.method = method});
    EXPECT_NEAR(split.count(Part::test), 250, 1) << method;
    EXPECT_NEAR(split.count(Part::valid), 150, 1) << method;
    EXPECT_NEAR(split.count(Part::train), 600, 1) << method;
  }
  EXPECT_EQ(make_split(rows.input(), {.method = "random"}).count(Part::test), 250);
}

TEST(Split, KeepsClassSharesWhenStratified) {
  const Rows rows = make_rows(997, 4);
  const Split split = make_split(rows.input(), {.method = "stratified"});
  for (int c = 0; c < 4; ++c) {
    double all = 0, test = 0, valid = 0;
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
      all += rows.labels[i] == c;
      test += rows.labels[i] == c && split.parts[i] == Part::test;
      valid += rows.labels[i] == c && split.parts[i] == Part::valid;
    }
    EXPECT_NEAR(test, 0.25 * all, 1);
    EXPECT_NEAR(valid, 0.15 * all, 1);
  }
}

TEST(Split, KeepsEveryGroupInOnePart) {
  const Rows rows = make_rows(2000, 3);
  const Split split = make_split(rows.input(), {.method = "grouped"});
  std::map<std::int64_t, std::set<Part>> parts;
  for (std::size_t i = 0; i < rows.groups.size(); ++i) parts[rows.groups[i]].insert(split.parts[i]);
  EXPECT_GT(parts.size(), 50u);
  for (const auto& [group, seen] : parts) EXPECT_EQ(seen.size(), 1u) << group;
  EXPECT_NEAR(share(split, Part::test), 0.25, 0.02);
  EXPECT_NEAR(share(split, Part::valid), 0.15, 0.02);
  for (int c = 0; c < 3; ++c) {
    double in_test = 0, in_all = 0;
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
      in_test += split.parts[i] == Part::test && rows.labels[i] == c;
      in_all += rows.labels[i] == c;
    }
    EXPECT_NEAR(in_test / double(split.count(Part::test)), in_all / 2000, 0.03);
  }
}

// Groups of one class each: balance must come from choosing whole groups.
TEST(Split, BalancesClassesThroughWholeGroups) {
  Rows rows;
  rows.classes = {"a", "b"};
  for (int g = 0; g < 40; ++g) {
    for (int i = 0; i < 10; ++i) {
      rows.groups.push_back(g);
      rows.labels.push_back(g < 10 ? 1 : 0);
    }
  }
  const Split split = make_split(rows.input(), {.method = "grouped", .test = 0.2, .valid = 0.2});
  double b_in_test = 0;
  for (std::size_t i = 0; i < rows.labels.size(); ++i)
    b_in_test += split.parts[i] == Part::test && rows.labels[i] == 1;
  EXPECT_EQ(split.count(Part::test), 80);
  EXPECT_EQ(b_in_test, 20);
}

TEST(Split, DependsOnTheSeedAlone) {
  const Rows rows = make_rows(300, 2);
  for (const char* method : {"random", "stratified", "grouped"}) {
    const Split a = make_split(rows.input(), {.method = method, .seed = 42});
    EXPECT_EQ(a.parts, make_split(rows.input(), {.method = method, .seed = 42}).parts) << method;
    EXPECT_NE(a.parts, make_split(rows.input(), {.method = method, .seed = 43}).parts) << method;
    EXPECT_EQ(a.seed, 42);
  }
}

TEST(Split, ReadsTheColumn) {
  Rows rows = make_rows(4, 1);
  rows.labels = {0, 1, 1, 0};
  rows.classes = {"a", "b"};
  rows.column = {"train", "train", "test", "test"};
  const Split split = make_split(rows.input(), {.method = "column"});
  EXPECT_EQ(split.parts, (std::vector{Part::train, Part::train, Part::test, Part::test}));
  EXPECT_EQ(split.rows_of(Part::test), (std::vector<std::int64_t>{2, 3}));
}

TEST(Split, NamesRowAndNearestForAnUnknownPart) {
  Rows rows = make_rows(3, 1);
  rows.column = {"train", "tset", "test"};
  SplitInput input = rows.input();
  const std::vector<std::int64_t> data_rows{4, 9, 12};
  input.data_rows = data_rows;
  const std::string message = refusal(input, {.method = "column"}, ErrorCode::input);
  EXPECT_THAT(message, HasSubstr("row 9"));
  EXPECT_THAT(message, HasSubstr("'test'"));
}

TEST(Split, WorksWithoutAValidationPart) {
  const Split split = make_split(make_rows(100, 2).input(), {.valid = 0});
  EXPECT_EQ(split.count(Part::valid), 0);
  EXPECT_NEAR(split.count(Part::test), 25, 1);
}

TEST(Split, WorksWithoutLabels) {
  Rows rows = make_rows(100, 2);
  rows.labels.clear();
  SplitInput input = rows.input();
  input.rows = 100;
  EXPECT_EQ(make_split(input, {.method = "random"}).count(Part::test), 25);
  EXPECT_NEAR(make_split(input, {.method = "grouped"}).count(Part::test), 25, 5);
  EXPECT_THAT(refusal(input, {.method = "stratified"}, ErrorCode::usage), HasSubstr("label column"));
}

TEST(Split, RefusesWhatCannotBeDivided) {
  const Rows rows = make_rows(100, 2);
  EXPECT_THAT(refusal(rows.input(), {.test = 0.6, .valid = 0.4}, ErrorCode::usage), HasSubstr("test 0.6"));
  EXPECT_THAT(refusal(rows.input(), {.test = 0}, ErrorCode::usage), HasSubstr("fractions"));
  EXPECT_THAT(refusal(rows.input(), {.method = "stratefied"}, ErrorCode::usage), HasSubstr("'stratified'"));
  EXPECT_THAT(refusal(rows.input(), {.method = "column"}, ErrorCode::usage), HasSubstr("split column"));
  Rows few = make_rows(20, 2);
  for (std::size_t i = 0; i < 20; ++i) few.groups[i] = i % 2;
  EXPECT_THAT(refusal(few.input(), {.method = "grouped"}, ErrorCode::input), HasSubstr("too few groups"));
  EXPECT_THAT(refusal(make_rows(1, 1).input(), {}, ErrorCode::input), HasSubstr("too few rows"));
}

TEST(Split, RefusesAClassThatIsMissingInTrainOrTest) {
  Rows rows = make_rows(50, 2);
  rows.classes.push_back("rare");
  rows.labels[7] = 2;
  EXPECT_THAT(refusal(rows.input(), {}, ErrorCode::input), HasSubstr("'rare'"));
}

TEST(Split, GivesTinyClassesToTrainAndTestAlike) {
  Rows rows = make_rows(60, 2);
  rows.classes.push_back("rare");
  rows.labels[7] = rows.labels[30] = 2;
  const Split split = make_split(rows.input(), {});
  EXPECT_NE(split.parts[7], split.parts[30]);
}

}  // namespace
}  // namespace sonde::data
