// CSV: what RFC 4180 allows is read as written; what it does not is refused with its line.
#include "../table_files.h"
#include "sonde/core/random.h"

namespace sonde::tables {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using namespace std::string_view_literals;
using Cells = std::vector<std::optional<std::string>>;

TEST(Csv, QuotesLineBreaksAndDoubledQuotes) {
  EXPECT_EQ(
      read_cells("t.csv", "id,text\n1,\"a, \"\"b\"\"\nc\"\n2,plain \"inner\" quote\n3,\"\"\"\"\n", "text"),
      (Cells{"a, \"b\"\nc", "plain \"inner\" quote", "\""}));
}

TEST(Csv, EndsOfLines) {
  const Cells expected = {"x", "y"};
  for (const std::string_view content :
       {"t,u\nx,1\ny,2"sv, "t,u\nx,1\ny,2\n"sv, "t,u\r\nx,1\r\ny,2\r\n"sv, "t,u\rx,1\ry,2\r"sv,
        "\xef\xbb\xbft,u\nx,1\ny,2\n"sv, "\n\nt,u\n\nx,1\r\n\r\ny,2\n\n\n"sv}) {
    EXPECT_EQ(read_cells("t.csv", content, "t"), expected) << content;
  }
}

TEST(Csv, KeepsCarriageReturnsInsideQuotes) {
  EXPECT_EQ(read_cells("t.csv", "t\r\n\"a\r\nb\"\r\n", "t"), (Cells{"a\r\nb"}));
}

TEST(Csv, UnquotedEmptyIsMissingQuotedEmptyIsEmpty) {
  EXPECT_EQ(read_cells("t.csv", "a,b\n,1\n\"\",2\n", "a"), (Cells{std::nullopt, ""}));
  EXPECT_EQ(read_cells("t.csv", "a,b\n1,\n2,\"\"\n3,", "b"), (Cells{std::nullopt, "", std::nullopt}));
}

TEST(Csv, NumbersKeepTheirText) {
  EXPECT_EQ(read_cells("t.csv", "n\n007\n1.50\n 2 \nTrue\nNaN\n", "n"),
            (Cells{"007", "1.50", " 2 ", "True", "NaN"}));
}

TEST(Csv, RowWithTooFewOrTooManyCellsNamesItsLine) {
  const Error few = read_error("t.csv", "a,b\n1,2\n\"x\ny\",2\n3\n", "a");
  EXPECT_EQ(few.code(), ErrorCode::input);
  EXPECT_THAT(few.what(), HasSubstr("line 5 has 1 cells, the header has 2"));
  EXPECT_THAT(few.parts().offset, Optional(5));
  EXPECT_THAT(read_error("t.csv", "a,b\r\n1,2\r\n1,2,3\r\n", "a").parts().offset, Optional(3));
}

TEST(Csv, UnclosedQuoteNamesTheLineThatOpensIt) {
  const Error error = read_error("t.csv", "a,b\n1,2\n3,\"open\nmore\n4,5\n", "a");
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("the quote opened on line 3 is never closed"));
  EXPECT_THAT(error.parts().offset, Optional(3));
}

TEST(Csv, TextAfterAClosingQuote) {
  const Error error = read_error("t.csv", "a,b\n\"x\"y,2\n", "a");
  EXPECT_THAT(error.what(), HasSubstr("text follows a closing quote on line 2"));
}

TEST(Csv, InvalidUtf8NamesTheLineAlsoInOtherColumns) {
  const Error error = read_error("t.csv", "a,b\n1,2\n3,\xff\n", "a");
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("line 3 is not valid UTF-8"));
  EXPECT_THAT(error.parts().offset, Optional(3));
  // Halves of one character in two cells are valid only when put together.
  EXPECT_THAT(read_error("t.csv", "a,b\n\xc3,\xa9\n", "a").what(), HasSubstr("line 2 is not valid UTF-8"));
  EXPECT_THAT(read_error("t.csv", "a,\xff\n1,2\n", "a").parts().offset, Optional(1));
}

TEST(Csv, NulBytesAndUtf16) {
  EXPECT_THAT(read_error("t.csv", "a,b\n1,x\0y\n"sv, "a").what(), HasSubstr("line 2 holds a NUL byte"));
  EXPECT_THAT(read_error("t.csv",
                         "\xff\xfe"
                         "a\0\n\0"sv,
                         "a")
                  .what(),
              HasSubstr("UTF-16"));
}

TEST(Csv, NoHeaderOrNoRows) {
  EXPECT_THAT(read_error("t.csv", "", "a").what(), HasSubstr("empty"));
  EXPECT_THAT(read_error("t.csv", "\n\r\n\n", "a").what(), HasSubstr("no header"));
  EXPECT_THAT(read_error("t.csv", "a,b\n", "a").what(), HasSubstr("no rows"));
}

TEST(Csv, LimitsNameTheRow) {
  const Error cell = read_error("t.csv", "a,b\n1,2\n1,12345678901\n", "a", {.text_bytes = 10});
  EXPECT_EQ(cell.code(), ErrorCode::limit);
  EXPECT_THAT(cell.parts().offset, Optional(3));
  EXPECT_EQ(read_error("t.csv", "a,b\n12345,67890\n", "a", {.row_bytes = 9}).code(), ErrorCode::limit);
  EXPECT_EQ(read_error("t.csv", "a,b,c\n1,2,3\n", "a", {.columns = 2}).code(), ErrorCode::limit);
  const Error quote = read_error("t.csv", "a,b\n1,\"" + std::string(1 << 20, 'x'), "a", {.text_bytes = 1000});
  EXPECT_EQ(quote.code(), ErrorCode::limit);
  EXPECT_THAT(quote.what(), HasSubstr("the quote opened on line 2 may lack its end"));
  const std::string rows = "a\n" + std::string(5000, 'x') + "\n" + std::string(5000, 'y') + "\n";
  EXPECT_EQ(read_error("t.csv", rows, "a", {.table_bytes = 6000}).code(), ErrorCode::limit);
}

std::string in_quotes(const std::string& cell) {
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

// Random cells of the characters that matter, written by this test, come back, wherever buffers happen to
// end.
TEST(Csv, RandomCellsComeBack) {
  const RandomStream random(7, "csv test");
  const std::string_view alphabet[] = {
      "a", "\"", ",", "\n", "\r", "\r\n", " ", "é", "\t", "😀", "long run of text "};
  Cells left;
  Cells right;
  std::string content = "left,right\n";
  std::uint64_t draw = 0;
  for (int row = 0; row < 20'000; ++row) {
    std::string pair[2];
    for (std::string& cell : pair) {
      for (std::uint64_t length = random.below(12, draw++); length > 0; --length)
        cell += alphabet[random.below(11, draw++)];
    }
    left.emplace_back(pair[0]);
    right.emplace_back(pair[1]);
    content += in_quotes(pair[0]) + "," + in_quotes(pair[1]) + (row % 3 == 0 ? "\r\n" : "\n");
  }
  ASSERT_GT(content.size(), std::size_t{3} << 18);  // several read buffers
  const TableFile file("t.csv", content);
  const Table table = read_table({.path = file.path(), .columns = {"left", "right"}});
  EXPECT_EQ(cells(table.column("left")), left);
  EXPECT_EQ(cells(table.column("right")), right);
}

}  // namespace
}  // namespace sonde::tables
