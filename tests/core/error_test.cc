// The shape of messages and the exit code of every kind of error.
#include "sonde/core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/scratch_folder.h"

namespace sonde {
namespace {

using files::error_of;
using ::testing::HasSubstr;

std::string message(ErrorParts parts) { return Error(ErrorCode::input, std::move(parts)).what(); }

TEST(ErrorTest, MessageNamesPlaceEventFindingExpectationAndAdvice) {
  EXPECT_EQ(message({.where = "a.csv", .what = "too short", .got = "3", .expected = "4", .hint = "add one"}),
            "a.csv: too short; got 3, expected 4; add one");
}

TEST(ErrorTest, MessageLeavesOutWhatDoesNotApply) {
  EXPECT_EQ(message({.what = "stopped"}), "stopped");
  EXPECT_EQ(message({.where = "a.csv", .what = "empty"}), "a.csv: empty");
  EXPECT_EQ(message({.what = "too short", .got = "3"}), "too short; got 3");
  EXPECT_EQ(message({.what = "too short", .expected = "4"}), "too short; expected 4");
  EXPECT_EQ(message({.what = "too short", .hint = "add one"}), "too short; add one");
}

TEST(ErrorTest, PathAndOffsetAreKeptForJsonAndNotRepeatedInTheMessage) {
  const Error error(ErrorCode::input, {.what = "bad", .path = "/secret/file", .offset = 17});
  EXPECT_STREQ(error.what(), "bad");
  EXPECT_EQ(error.parts().path, "/secret/file");
  EXPECT_EQ(error.parts().offset, 17);
  EXPECT_EQ(Error(ErrorCode::input, {.what = "bad"}).parts().offset, std::nullopt);
}

TEST(ErrorTest, EveryKindHasItsExitCodeAndWord) {
  const std::tuple<ErrorCode, int, std::string> kinds[] = {
      {ErrorCode::usage, 2, "usage"},     {ErrorCode::input, 3, "input"},
      {ErrorCode::limit, 4, "limit"},     {ErrorCode::network, 5, "network"},
      {ErrorCode::partial, 6, "partial"}, {ErrorCode::internal, 70, "internal"}};
  for (const auto& [code, number, word] : kinds) {
    EXPECT_EQ(exit_code(code), number) << word;
    EXPECT_EQ(to_string(code), word);
  }
}

TEST(ErrorTest, BrokenInvariantIsAnInternalErrorWithItsPlace) {
  const int two = 2;
  EXPECT_NO_THROW(SONDE_ASSERT(two == 2));
  const Error error = error_of([&] { SONDE_ASSERT(two == 3); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_THAT(error.what(), HasSubstr("two == 3"));
  EXPECT_THAT(error.what(), HasSubstr("error_test.cc"));
}

}  // namespace
}  // namespace sonde
