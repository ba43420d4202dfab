// Parquet against what pyarrow wrote (tests/golden/tables_files.py), and refusals.
#include "../table_files.h"

namespace sonde::tables {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using Cells = std::vector<std::optional<std::string>>;

std::string data(const std::string& name) { return std::string(SONDE_TEST_DATA) + "/tables/" + name; }

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Parquet, TypedColumnsPrintPlainly) {
  const std::vector<std::string> columns = {"text", "label", "flag", "score", "raw", "kind", "large"};
  const Table table = read_table({.path = data("typed.parquet"), .columns = columns});
  EXPECT_EQ(table.format(), "parquet");
  EXPECT_EQ(cells(table.column("text")), (Cells{"a", std::nullopt, "", "naïve 😀", "line\nbreak"}));
  EXPECT_EQ(cells(table.column("label")), (Cells{"1", "0", std::nullopt, "-3", "4611686018427387904"}));
  EXPECT_EQ(cells(table.column("flag")), (Cells{"true", "false", std::nullopt, "true", "false"}));
  EXPECT_EQ(cells(table.column("score")), (Cells{"0.5", "1.0", std::nullopt, "-2.25", "3.0"}));
  EXPECT_EQ(cells(table.column("raw")), (Cells{"x", std::nullopt, "", "é", "z"}));
  EXPECT_EQ(cells(table.column("kind")), (Cells{"pos", "neg", "pos", std::nullopt, "neg"}));
  EXPECT_EQ(cells(table.column("large")), (Cells{"l1", "l2", std::nullopt, "l4", "l5"}));
}

TEST(Parquet, ListsOfIntegers) {
  const Table table = read_table({.path = data("typed.parquet"), .integer_columns = {"ids", "small_ids"}});
  EXPECT_THAT(table.list("ids")[0], ElementsAre(1, 2, 3));
  EXPECT_THAT(table.list("ids")[1], ElementsAre());
  EXPECT_TRUE(table.list("ids").is_null(2));
  EXPECT_THAT(table.list("ids")[3], ElementsAre(std::int64_t{1} << 40));
  EXPECT_THAT(table.list("small_ids")[1], ElementsAre(2, 2));
  EXPECT_TRUE(table.list("small_ids").is_null(3));
}

TEST(Parquet, RowGroupsAndCodecsKeepTheOrder) {
  for (const char* codec : {"none", "gzip", "zstd", "lz4"}) {
    const Table table =
        read_table({.path = data("many_" + std::string(codec) + ".parquet"), .columns = {"number", "text"}});
    ASSERT_EQ(table.rows(), 1500) << codec;
    for (std::int64_t row = 0; row < table.rows(); ++row) {
      ASSERT_EQ(table.column("text")[row], "row " + std::to_string(row)) << codec;
      ASSERT_EQ(table.column("number")[row], std::to_string(row)) << codec;
    }
  }
}

Error typed_error(const std::string& text_column, const std::string& list_column) {
  TableRequest request = {.path = data("typed.parquet")};
  if (!text_column.empty()) request.columns = {text_column};
  if (!list_column.empty()) request.integer_columns = {list_column};
  return error_of([&] { read_table(request); });
}

TEST(Parquet, ColumnsThatCannotBeReadAsWanted) {
  EXPECT_THAT(typed_error("nested", "").what(), HasSubstr("column 'nested' has the type"));
  EXPECT_THAT(typed_error("ids", "").what(), HasSubstr("cannot be read as text"));
  EXPECT_THAT(typed_error("", "words").what(), HasSubstr("cannot be read as lists of integers"));
  EXPECT_THAT(typed_error("", "text").what(), HasSubstr("row 1: column 'text': 'a' is not an integer"));
  const Error holes = typed_error("", "holes");
  EXPECT_EQ(holes.code(), ErrorCode::input);
  EXPECT_THAT(holes.parts().offset, Optional(2));
  const Error absent = typed_error("txt", "");
  EXPECT_EQ(absent.code(), ErrorCode::usage);
  EXPECT_THAT(absent.what(), HasSubstr("did you mean 'text'"));
}

TEST(Parquet, InvalidUtf8) {
  const Error raw = error_of([] { read_table({.path = data("broken_utf8.parquet"), .columns = {"raw"}}); });
  EXPECT_THAT(raw.what(), HasSubstr("row 3, column 'raw' is not valid UTF-8"));
  EXPECT_THAT(raw.parts().offset, Optional(3));
  const Error text = error_of([] { read_table({.path = data("broken_utf8.parquet"), .columns = {"text"}}); });
  EXPECT_EQ(text.code(), ErrorCode::input);
}

TEST(Parquet, NoRows) {
  const Error error = error_of([] { read_table({.path = data("no_rows.parquet"), .columns = {"text"}}); });
  EXPECT_THAT(error.what(), HasSubstr("no rows"));
}

TEST(Parquet, TruncatedAnywhere) {
  const std::string whole = read(data("typed.parquet"));
  ASSERT_GT(whole.size(), 1000U);
  for (std::size_t size = 0; size < whole.size(); size += 61) {
    const Error error = read_error("t.parquet", std::string_view(whole).substr(0, size), "text");
    EXPECT_EQ(error.code(), ErrorCode::input) << size;
  }
}

TEST(Parquet, EveryChangedByteReadsOrIsRefused) {
  const std::string whole = read(data("typed.parquet"));
  for (std::size_t at = 0; at < whole.size(); at += 29) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0xa5);
    const TableFile file("t.parquet", changed);
    try {
      read_table({.path = file.path(), .columns = {"text", "label"}, .integer_columns = {"ids"}});
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::internal) << at;
    }
  }
}

TEST(Parquet, TextOverTheLimitNamesItsRow) {
  const Error error = error_of(
      [] { read_table({.path = data("typed.parquet"), .columns = {"text"}, .limits = {.text_bytes = 9}}); });
  EXPECT_EQ(error.code(), ErrorCode::limit);
  EXPECT_THAT(error.parts().offset, Optional(4));
}

}  // namespace
}  // namespace sonde::tables
