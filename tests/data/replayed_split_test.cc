#include "sonde/data/replayed_split.h"

#include <gmock/gmock.h>

#include "recorded_parts.h"
#include "sonde/core/error.h"

namespace sonde::data {
namespace {

using testing::HasSubstr;

TEST(ReplayedSplit, GivesScikitLearnsParts) {
  for (const auto& want : recorded()["parts"]) {
    const NamedRows rows(want);
    for (const auto& [method, parts] : want["once"].items()) {
      const Split split =
          make_split(rows.input(), {.method = method, .seed = want["seed"], .stream = "scikit-learn"});
      EXPECT_EQ(codes(split.parts), parts.get<std::vector<int>>()) << method;
      EXPECT_EQ(split.drawn, want["drawn"][method].get<std::vector<std::int64_t>>()) << method;
    }
  }
}

TEST(ReplayedSplit, GivesTheRowsOfTrainTestSplitAlone) {
  const auto& want = recorded()["document_0"];
  std::vector<int> parts(100);
  for (const int row : want["test"]) parts[row] = 2;
  const Split split =
      make_split({.rows = 100}, {.method = "random", .valid = 0, .seed = 42, .stream = "scikit-learn"});
  EXPECT_EQ(codes(split.parts), parts);
  std::vector<std::int64_t> drawn = want["train"];
  for (const std::int64_t row : want["test"]) drawn.push_back(row);
  EXPECT_EQ(split.drawn, drawn);
}

TEST(ReplayedSplit, GivesTheOtherStreamsParts) {
  for (const auto& want : recorded()["shuffled_lists"]) {
    for (const char* stream : {"python", "numpy", "numpy_legacy", "datasets", "torch"}) {
      const Split split =
          make_split({.rows = want["n"]}, {.method = "random", .seed = want["seed"], .stream = stream});
      EXPECT_EQ(codes(split.parts), want[stream].get<std::vector<int>>()) << stream;
      EXPECT_EQ(split.drawn, want["drawn"][stream].get<std::vector<std::int64_t>>()) << stream;
    }
  }
}

// Ids are given in order of appearance, but numpy sorts names, and numbers as numbers.
TEST(ReplayedSplit, NumbersGroupsAsNumpySorts) {
  const std::vector<std::int64_t> groups{0, 1, 2, 1};
  const std::vector<std::string> words{"b", "a", "c"}, numbers{"10", "9", "100"};
  SplitInput input{.rows = 4, .groups = groups, .group_names = words};
  EXPECT_EQ(sorted_group_ids(input), (std::vector<std::int64_t>{1, 0, 2, 0}));
  input.group_names = numbers;
  EXPECT_EQ(sorted_group_ids(input), (std::vector<std::int64_t>{1, 0, 2, 0}));
  input.group_names = {};
  EXPECT_EQ(sorted_group_ids(input), groups);
}

std::string refusal(const SplitOptions& options) {
  const std::vector<std::string> column(10, "train");
  try {
    (void)make_split({.rows = 10, .column = column}, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  return "";
}

TEST(ReplayedSplit, RefusesWhatNoLibraryDoes) {
  EXPECT_THAT(refusal({.method = "stratified", .stream = "torch"}),
              HasSubstr("'torch' does not divide by 'stratified'"));
  EXPECT_THAT(refusal({.method = "column", .stream = "numpy"}), HasSubstr("leave the stream out"));
  EXPECT_THAT(refusal({.method = "random", .stream = "sckit-learn"}), HasSubstr("'scikit-learn'"));
  EXPECT_THAT(refusal({.method = "random", .seed = std::int64_t{1} << 32, .stream = "scikit-learn"}),
              HasSubstr("4294967295"));
  EXPECT_THAT(refusal({.method = "grouped", .stream = "scikit-learn"}), HasSubstr("group column"));
}

}  // namespace
}  // namespace sonde::data
