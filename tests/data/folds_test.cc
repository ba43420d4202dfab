#include "sonde/data/folds.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "recorded_parts.h"
#include "sonde/core/error.h"

namespace sonde::data {
namespace {

using testing::HasSubstr;

// 203 rows of three classes in shares of about 1 : 2 : 3 and of 29 groups.
struct Rows {
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> groups;
  std::vector<std::string> classes{"a", "b", "c"};

  Rows() {
    const std::int32_t wheel[] = {0, 1, 1, 2, 2, 2};
    for (std::int64_t i = 0; i < 203; ++i) {
      labels.push_back(wheel[(i * i + i / 7) % 6]);
      groups.push_back((i * 5 + i / 11) % 29);
    }
  }
  SplitInput input() const { return {.rows = 203, .labels = labels, .classes = classes, .groups = groups}; }
};

const char* const kMethods[] = {"kfold", "stratified_kfold", "group_kfold", "nested"};

TEST(Folds, TestEveryRowExactlyOnce) {
  const Rows rows;
  for (const char* method : kMethods) {
    const std::vector<Fold> folds = make_folds(rows.input(), {.method = method, .folds = 7});
    ASSERT_EQ(folds.size(), 7u);
    std::vector<int> tested(203);
    for (const Fold& fold : folds) {
      for (const std::int64_t row : fold.rows_of(Part::test)) ++tested[row];
    }
    EXPECT_EQ(tested, std::vector<int>(203, 1)) << method;
  }
}

TEST(Folds, HoldOutTheValidationPartOfAllRows) {
  const Rows rows;
  for (const char* method : {"kfold", "stratified_kfold", "group_kfold"}) {
    for (const Fold& fold : make_folds(rows.input(), {.method = method, .valid = 0.2})) {
      // 40.6 rows; whole groups of 7 can miss by one group.
      EXPECT_NEAR(double(fold.rows_of(Part::valid).size()), 40.6, method[0] == 'g' ? 8 : 1) << method;
      EXPECT_NEAR(double(fold.rows_of(Part::test).size()), 40.6, method[0] == 'g' ? 8 : 1) << method;
      EXPECT_TRUE(fold.inner.empty());
    }
    for (const Fold& fold : make_folds(rows.input(), {.method = method, .valid = 0})) {
      EXPECT_TRUE(fold.rows_of(Part::valid).empty());
    }
  }
}

TEST(Folds, KeepClassSharesWhenStratified) {
  const Rows rows;
  std::vector<double> all(3);
  for (const std::int32_t label : rows.labels) ++all[label];
  for (const Fold& fold : make_folds(rows.input(), {.method = "stratified_kfold"})) {
    std::map<std::pair<Part, int>, double> counts;
    for (std::size_t i = 0; i < 203; ++i) ++counts[{fold.parts[i], rows.labels[i]}];
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR((counts[{Part::test, c}]), all[c] / 5, 1);
      EXPECT_NEAR((counts[{Part::valid, c}]), all[c] * 0.15,
                  1.5);  // the fold's rest is itself off by up to one
    }
  }
}

TEST(Folds, KeepEveryGroupTogether) {
  const Rows rows;
  for (const char* method : {"group_kfold", "nested"}) {
    for (const Fold& fold : make_folds(rows.input(), {.method = method})) {
      std::map<std::int64_t, std::set<std::pair<Part, int>>> places;
      for (std::size_t i = 0; i < 203; ++i) {
        places[rows.groups[i]].insert({fold.parts[i], fold.inner.empty() ? 0 : fold.inner[i]});
      }
      for (const auto& [group, seen] : places) EXPECT_EQ(seen.size(), 1u) << group;
    }
  }
}

TEST(Folds, FoldTheOtherRowsAgainWhenNested) {
  const Rows rows;
  SplitInput input = rows.input();
  input.groups = {};
  for (const Fold& fold : make_folds(input, {.method = "nested", .inner = 3})) {
    std::vector<int> sizes(3);
    for (std::size_t i = 0; i < 203; ++i) {
      EXPECT_EQ(fold.inner[i] == -1, fold.parts[i] == Part::test);
      EXPECT_NE(fold.parts[i], Part::valid);
      if (fold.inner[i] >= 0) ++sizes[fold.inner[i]];
    }
    EXPECT_LE(*std::ranges::max_element(sizes) - *std::ranges::min_element(sizes), 1);
  }
}

TEST(Folds, DependOnTheSeed) {
  const Rows rows;
  for (const char* method : kMethods) {
    const auto parts = [&](std::int64_t seed) {
      std::vector<std::vector<Part>> all;
      for (const Fold& fold : make_folds(rows.input(), {.method = method, .seed = seed}))
        all.push_back(fold.parts);
      return all;
    };
    EXPECT_EQ(parts(1), parts(1)) << method;
    EXPECT_NE(parts(1), parts(2)) << method;
  }
}

TEST(Folds, AreScikitLearns) {
  const std::pair<const char*, const char*> kinds[] = {
      {"random", "kfold"}, {"stratified", "stratified_kfold"}, {"grouped", "group_kfold"}};
  for (const auto& want : recorded()["parts"]) {
    const NamedRows rows(want);
    for (const auto& [kind, method] : kinds) {
      const SplitOptions options{.method = method, .seed = want["seed"], .stream = "scikit-learn"};
      const std::vector<Fold> folds = make_folds(rows.input(), options);
      const auto theirs = want["folds"][kind].get<std::vector<std::vector<int>>>();
      ASSERT_EQ(folds.size(), theirs.size());
      for (std::size_t f = 0; f < folds.size(); ++f) EXPECT_EQ(codes(folds[f].parts), theirs[f]) << kind << f;
    }
  }
}

TEST(Folds, AreScikitLearnsWhenNested) {
  for (const auto& want : recorded()["parts"]) {
    const NamedRows rows(want);
    for (const auto& [kind, theirs] : want["nested"].items()) {
      SplitInput input = rows.input();
      if (kind != "grouped") input.groups = {};
      if (kind == "random") input.labels = {};
      const std::vector<Fold> folds =
          make_folds(input, {.method = "nested", .seed = want["seed"], .stream = "scikit-learn"});
      for (std::size_t f = 0; f < folds.size(); ++f) {
        EXPECT_EQ(codes(folds[f].parts), theirs[f][0].get<std::vector<int>>()) << kind << f;
        EXPECT_EQ(folds[f].inner, theirs[f][1].get<std::vector<int>>()) << kind << f;
      }
    }
  }
}

std::string refusal(const SplitInput& input, const SplitOptions& options, ErrorCode code) {
  try {
    (void)make_folds(input, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "";
}

TEST(Folds, RefuseWhatCannotBeFolded) {
  Rows rows;
  const SplitInput input = rows.input();
  EXPECT_THAT(refusal(input, {.method = "random"}, ErrorCode::usage), HasSubstr("makes no folds"));
  EXPECT_THAT(refusal(input, {.method = "kfold", .stream = "torch"}, ErrorCode::usage), HasSubstr("'torch'"));
  EXPECT_THAT(refusal(input, {.method = "kfold", .folds = 1}, ErrorCode::usage), HasSubstr("at least 2"));
  EXPECT_THAT(refusal(input, {.method = "kfold", .valid = 0.8}, ErrorCode::usage),
              HasSubstr("valid below 0.8"));
  EXPECT_THAT(refusal(input, {.method = "kfold", .valid = 0, .folds = 204}, ErrorCode::input),
              HasSubstr("fewer rows than folds"));
  EXPECT_THAT(refusal(input, {.method = "group_kfold", .folds = 30}, ErrorCode::input),
              HasSubstr("too few groups"));
  SplitInput bare = input;
  bare.groups = {};
  bare.labels = {};
  EXPECT_THAT(refusal(bare, {.method = "group_kfold"}, ErrorCode::usage), HasSubstr("group column"));
  EXPECT_THAT(refusal(bare, {.method = "stratified_kfold"}, ErrorCode::usage), HasSubstr("label column"));
  rows.classes.push_back("rare");
  rows.labels[7] = 3;
  EXPECT_THAT(refusal(rows.input(), {.method = "kfold"}, ErrorCode::input), HasSubstr("'rare'"));
}

TEST(Folds, AreNoSingleSplit) {
  const Rows rows;
  try {
    (void)make_split(rows.input(), {.method = "kfold"});
    FAIL() << "a method of folds was taken for one division";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("several times"));
  }
}

}  // namespace
}  // namespace sonde::data
