#include "sonde/data/sampled_split.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"
#include "sonde/replay/numpy_generator.h"
#include "sonde/replay/python_random.h"

namespace sonde::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Rows = std::vector<std::int64_t>;

Rows rows_of(const DrawnRows& drawn, Part part) {
  Rows rows;
  for (std::size_t i = 0; i < drawn.rows.size(); ++i) {
    if (drawn.parts[i] == part) rows.push_back(drawn.rows[i]);
  }
  return rows;
}

Rows piece(const Rows& rows, std::size_t first, std::size_t count, std::int64_t more = 0) {
  Rows some(rows.begin() + first, rows.begin() + first + count);
  for (std::int64_t& row : some) row += more;
  return some;
}

TEST(SampledSplit, CutsOneSampleIntoParts) {
  const DrawnRows drawn = cut_sample({.rows = 9}, {.method = "first", .train = 4, .valid = 2});
  EXPECT_THAT(drawn.rows, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(rows_of(drawn, Part::train), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(rows_of(drawn, Part::valid), ElementsAre(4, 5));
  EXPECT_THAT(rows_of(drawn, Part::test), ElementsAre(6, 7, 8));
  EXPECT_EQ(cut_sample({.rows = 9}, {.method = "first", .train = 4, .valid = 2, .test = 1}).rows.size(), 7u);
}

// A published lesson: both tables shuffled with one seed, the first rows of one to train on, the next two
// stretches of the other to choose and to test on.
TEST(SampledSplit, CutsTwoTablesEachShuffledByItself) {
  const Rows train = replay::NumpyGenerator(42).permutation(300),
             test = replay::NumpyGenerator(42).permutation(250);
  const DrawnRows drawn =
      cut_sample({.rows = 300, .test_rows = 250},
                 {.stream = "datasets", .seed = 42, .train = 50, .valid = 50, .test = 50});
  EXPECT_EQ(rows_of(drawn, Part::train), piece(train, 0, 50));
  EXPECT_EQ(rows_of(drawn, Part::valid), piece(test, 0, 50, 300));
  EXPECT_EQ(rows_of(drawn, Part::test), piece(test, 50, 50, 300));
  const DrawnRows whole = cut_sample({.rows = 300, .test_rows = 250}, {.stream = "datasets", .seed = 42});
  EXPECT_EQ(rows_of(whole, Part::train), train);
  EXPECT_EQ(rows_of(whole, Part::test), piece(test, 0, 250, 300));
}

TEST(SampledSplit, DrawsPartsOneAfterTheOtherFromOneStream) {
  Split split{.parts = {}, .method = "column"};
  for (int i = 0; i < 60; ++i) split.parts.push_back(static_cast<Part>(i % 3));
  replay::PythonRandom random(0);
  const Rows train = random.shuffled(20), valid = random.shuffled(20), test = random.shuffled(20);
  const DrawnRows drawn = draw_parts(split, {.stream = "python", .train = 5, .valid = 3});
  Rows want;
  for (int i = 0; i < 5; ++i) want.push_back(3 * train[i]);
  for (int i = 0; i < 3; ++i) want.push_back(3 * valid[i] + 1);
  for (int i = 0; i < 20; ++i) want.push_back(3 * test[i] + 2);
  EXPECT_EQ(drawn.rows, want);
  EXPECT_EQ(rows_of(drawn, Part::test).size(), 20u);
}

TEST(SampledSplit, ATableForTestsIsDividedByTheRatioOfTheFractions) {
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i % 2);
  const std::vector<std::string> classes{"a", "b"};
  const SplitInput input{.rows = 100, .labels = labels, .classes = classes};
  const auto count = [](const std::vector<Part>& parts, std::int64_t first, Part part) {
    return std::count(parts.begin() + first, parts.end(), part);
  };
  const std::vector<Part> parts =
      parts_of_tables(input, {.rows = 60, .test_rows = 40}, {.test = 0.3, .valid = 0.1});
  EXPECT_EQ(count(parts, 0, Part::train), 60);
  EXPECT_EQ(count(parts, 60, Part::train), 0);
  EXPECT_EQ(count(parts, 60, Part::valid), 10);
  EXPECT_EQ(count(parts, 60, Part::test), 30);
  const std::vector<Part> all =
      parts_of_tables(input, {.rows = 60, .test_rows = 40}, {.test = 0.3, .valid = 0});
  EXPECT_EQ(count(all, 60, Part::test), 40);
}

template <class Work>
std::string refusal(ErrorCode code, Work work) {
  try {
    (void)work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "nothing was refused";
}

TEST(SampledSplit, RefusesCountsThatCannotBeMet) {
  const Split split{.parts = {Part::train, Part::train, Part::test}, .method = "column"};
  EXPECT_THAT(refusal(ErrorCode::input, [&] { return draw_parts(split, {.train = 3}); }),
              HasSubstr("the train part has; got 3 of 2"));
  EXPECT_THAT(
      refusal(ErrorCode::input, [] { return cut_sample({.rows = 9}, {.train = 6, .valid = 2, .test = 2}); }),
      HasSubstr("got 10 of 9"));
  EXPECT_THAT(refusal(ErrorCode::usage, [] { return cut_sample({.rows = 9}, {.train = 6, .valid = 3}); }),
              HasSubstr("no row for the test part"));
  EXPECT_THAT(refusal(ErrorCode::usage, [] { return cut_sample({.rows = 9}, {.valid = 3}); }),
              HasSubstr("[sample] train"));
  EXPECT_THAT(
      refusal(ErrorCode::usage,
              [] { return parts_of_tables({.rows = 9}, {.rows = 5, .test_rows = 4}, {.method = "column"}); }),
      HasSubstr("does not go with a table for tests"));
}

}  // namespace
}  // namespace sonde::data
