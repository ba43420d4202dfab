// JSON lines: scalars as text, lists of integers, and refusals that name the line.
#include "../table_files.h"

namespace sonde::tables {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using namespace std::string_view_literals;
using Cells = std::vector<std::optional<std::string>>;

TEST(Jsonl, ScalarsPrintAsTheyAreWritten) {
  const std::string content =
      "{\"t\": \"a\\n\\u00e9 \\ud83d\\ude00\", \"n\": 1}\n"
      "{\"n\": 1.10, \"t\": \"\", \"nested\": {\"t\": [1, {}]}}\r\n"
      "\n"
      "{\"t\": null, \"n\": 12345678901234567890123}\n"
      "{\"n\": true}";
  EXPECT_EQ(read_cells("t.jsonl", content, "t"), (Cells{"a\né 😀", "", std::nullopt, std::nullopt}));
  EXPECT_EQ(read_cells("t.jsonl", content, "n"), (Cells{"1", "1.10", "12345678901234567890123", "true"}));
}

TEST(Jsonl, ByteOrderMarkAndEscapedKeys) {
  EXPECT_EQ(read_cells("t.jsonl", "\xef\xbb\xbf{\"\\u0074\": \"x\"}\n", "t"), (Cells{"x"}));
}

TEST(Jsonl, MalformedLineNamesIt) {
  const Error cut = read_error("t.jsonl", "{\"t\": 1}\n\n{\"t\": \"x\n", "t");
  EXPECT_EQ(cut.code(), ErrorCode::input);
  EXPECT_THAT(cut.what(), HasSubstr("line 3"));
  EXPECT_THAT(cut.parts().offset, Optional(3));
  for (const std::string_view line :
       {"{\"t\": 1} x"sv, "{\"t\": 01}"sv, "{'t': 1}"sv, "5"sv, "\"t\""sv, "{\"t\": 1"sv,
        "{\"t\": \"a\tb\"}"sv, "{\"t\": \"\\ud800\"}"sv, "{\"t\": 1, \"t\": 2}"sv, "{\"t\": NaN}"sv}) {
    const Error error = read_error("t.jsonl", "{\"t\": 1}\n" + std::string(line) + "\n", "t");
    EXPECT_EQ(error.code(), ErrorCode::input) << line;
    EXPECT_THAT(error.parts().offset, Optional(2)) << line;
  }
}

TEST(Jsonl, ArrayFileGetsAHint) {
  EXPECT_THAT(read_error("t.json", "[{\"t\": 1}]\n", "t").what(), HasSubstr("one object per line"));
}

TEST(Jsonl, NestedValueIsNoText) {
  const Error error = read_error("t.jsonl", "{\"t\": [1]}\n", "t");
  EXPECT_THAT(error.what(), HasSubstr("line 1, column 't': a nested value"));
}

TEST(Jsonl, InvalidUtf8AndNul) {
  EXPECT_THAT(read_error("t.jsonl", "{\"t\": 1}\n{\"u\": \"\xff\"}\n", "t").what(),
              HasSubstr("line 2 is not valid UTF-8"));
  EXPECT_THAT(read_error("t.jsonl", "{\"t\": \"a\0b\"}\n"sv, "t").parts().offset, Optional(1));
}

TEST(Jsonl, KeyThatNoLineHasIsAWrongName) {
  const Error error = read_error("t.jsonl", "{\"text\": 1}\n{\"label\": 2, \"text\": 3}\n", "txt");
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.what(), HasSubstr("no column 'txt'; did you mean 'text'"));
}

TEST(Jsonl, ListsOfIntegers) {
  const TableFile file("t.jsonl",
                       "{\"ids\": [1, -2,3]}\n{\"ids\": []}\n{\"ids\": \"4 5\"}\n{}\n{\"ids\": 6}\n");
  const Table table = read_table({.path = file.path(), .integer_columns = {"ids"}});
  const ListColumn& ids = table.list("ids");
  EXPECT_THAT(ids[0], ElementsAre(1, -2, 3));
  EXPECT_THAT(ids[1], ElementsAre());
  EXPECT_FALSE(ids.is_null(1));
  EXPECT_THAT(ids[2], ElementsAre(4, 5));
  EXPECT_TRUE(ids.is_null(3));
  EXPECT_THAT(ids[4], ElementsAre(6));
}

TEST(Jsonl, ListsOfOtherThingsAreRefused) {
  for (const std::string_view list :
       {"[1, 2.5]"sv, "[1, \"a\"]"sv, "[[1]]"sv, "[1, null]"sv, "[99999999999999999999]"sv, "{\"a\": 1}"sv}) {
    const TableFile file("t.jsonl", "{\"ids\": [1]}\n{\"ids\": " + std::string(list) + "}\n");
    const Error error = error_of([&] { read_table({.path = file.path(), .integer_columns = {"ids"}}); });
    EXPECT_EQ(error.code(), ErrorCode::input) << list;
    EXPECT_THAT(error.parts().offset, Optional(2)) << list;
  }
}

TEST(Jsonl, LimitsAndDepth) {
  EXPECT_EQ(read_error("t.jsonl", "{\"t\": \"12345678901\"}\n", "t", {.text_bytes = 10}).code(),
            ErrorCode::limit);
  EXPECT_EQ(read_error("t.jsonl", "{\"t\": \"12345678901\"}\n", "t", {.row_bytes = 12}).code(),
            ErrorCode::limit);
  const std::string deep =
      "{\"u\": " + std::string(200'000, '[') + std::string(200'000, ']') + ", \"t\": 1}\n";
  EXPECT_EQ(read_cells("t.jsonl", deep, "t"), (Cells{"1"}));  // skipped without recursion
}

}  // namespace
}  // namespace sonde::tables
