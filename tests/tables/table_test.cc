// What all formats share: which format a file is of, requests, names of columns, digests.
#include "sonde/tables/table.h"

#include "sonde/tables/format.h"
#include "table_files.h"

namespace sonde::tables {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using namespace std::string_view_literals;

std::string data(const std::string& name) { return std::string(SONDE_TEST_DATA) + "/tables/" + name; }

std::string_view format_name(const std::string& name, std::string_view content) {
  const TableFile file(name, content);
  return format_of(file.path()).name;
}

TEST(TableFormat, ByExtensionThenByContent) {
  EXPECT_EQ(format_name("a.CSV", "{}"), "csv");
  EXPECT_EQ(format_name("a.tab", "a"), "tsv");
  EXPECT_EQ(format_name("a.ndjson", "a"), "jsonl");
  EXPECT_EQ(format_name("a.pq", "a"), "parquet");
  EXPECT_EQ(format_name("a.feather", "a"), "arrow");
  EXPECT_EQ(format_name("noname", "PAR1...."), "parquet");
  EXPECT_EQ(format_name("a.dat", "ARROW1\0\0"sv), "arrow");
  EXPECT_EQ(format_name("a.txt", "\n {\"a\": 1}"), "jsonl");
  EXPECT_EQ(format_name("a.txt", "a\tb\n1,5\t2\n"), "tsv");
  EXPECT_EQ(format_name("a.txt", "a,b\n1\t,2\n"), "csv");
  EXPECT_EQ(format_name("a.txt", "single\nvalue\n"), "csv");
}

TEST(TableFormat, RefusesWhatIsNoTable) {
  const TableFile packed("t.csv.gz", "\x1f\x8b\x08");
  EXPECT_THAT(error_of([&] { format_of(packed.path()); }).what(), HasSubstr("compressed"));
  const TableFile binary("t.bin", "ab\0cd"sv);
  EXPECT_THAT(error_of([&] { format_of(binary.path()); }).what(), HasSubstr("not a known table format"));
  const TableFile empty("t", "");
  EXPECT_EQ(error_of([&] { format_of(empty.path()); }).code(), ErrorCode::input);
  const Error unknown = error_of([&] { format_of(binary.path(), "parket"); });
  EXPECT_EQ(unknown.code(), ErrorCode::usage);
  EXPECT_THAT(unknown.what(), HasSubstr("parquet"));
}

TEST(TableFormat, NamedFormatWinsOverTheExtension) {
  const TableFile file("t.txt", "a,b\tc\n1,2\t3\n");
  EXPECT_EQ(read_table({.path = file.path(), .format = "tsv", .columns = {"a,b"}}).column("a,b")[0], "1,2");
}

TEST(Table, MissingFileAndFolder) {
  for (const char* path : {"/nowhere/t.csv", "/nowhere/t.jsonl", "/nowhere/t.parquet", "/nowhere/t"}) {
    const Error error = error_of([&] { read_table({.path = path, .columns = {"a"}}); });
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr("no such file"));
    EXPECT_EQ(error.parts().path, path);
  }
  EXPECT_EQ(
      error_of([] { read_table({.path = testing::TempDir(), .format = "csv", .columns = {"a"}}); }).code(),
      ErrorCode::input);
  // An endless device is no table.
  EXPECT_THAT(error_of([] { read_table({.path = "/dev/zero", .format = "csv", .columns = {"a"}}); }).what(),
              HasSubstr("not a regular file"));
}

TEST(Table, EmptyFileOfEveryFormat) {
  for (const char* name : {"t.csv", "t.tsv", "t.jsonl", "t.parquet", "t.arrow"}) {
    const Error error = read_error(name, "", "a");
    EXPECT_EQ(error.code(), ErrorCode::input) << name;
    EXPECT_THAT(error.what(), HasSubstr("the file is empty")) << name;
  }
}

TEST(Table, AbsentColumnNamesTheNearest) {
  const Error error = read_error("t.csv", "text,label,movie_name\na,b,c\n", "texts");
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.what(), HasSubstr("no column 'texts'; did you mean 'text'"));
}

TEST(Table, AmbiguousColumn) {
  EXPECT_THAT(read_error("t.csv", "a,b,a\n1,2,3\n", "a").what(), HasSubstr("two columns are named 'a'"));
  EXPECT_EQ(read_cells("t.csv", "a,b,a\n1,2,3\n", "b").size(), 1U);
}

TEST(Table, RequestsThatMakeNoSense) {
  const TableFile file("t.csv", "a,b\n1,2\n");
  EXPECT_EQ(error_of([&] { read_table({.path = file.path()}); }).code(), ErrorCode::usage);
  EXPECT_EQ(
      error_of([&] { read_table({.path = file.path(), .columns = {"a"}, .integer_columns = {"a"}}); }).code(),
      ErrorCode::usage);
  const Table table = read_table({.path = file.path(), .columns = {"a"}});
  EXPECT_EQ(error_of([&] { table.column("b"); }).code(), ErrorCode::usage);
  EXPECT_EQ(error_of([&] { table.list("a"); }).code(), ErrorCode::usage);
}

TEST(Table, ColumnsInAnyOrderWithLists) {
  const TableFile file("t.csv", "ids,x,y\n\"[1, 2, 3]\",p,q\n4 5,r,s\n,t,u\n[],v,w\n\"7,8\",x,y\n");
  const Table table = read_table({.path = file.path(), .columns = {"y", "x"}, .integer_columns = {"ids"}});
  EXPECT_EQ(table.rows(), 5);
  EXPECT_EQ(table.column("x")[0], "p");
  EXPECT_EQ(table.column("y")[0], "q");
  EXPECT_THAT(table.list("ids")[0], ElementsAre(1, 2, 3));
  EXPECT_THAT(table.list("ids")[1], ElementsAre(4, 5));
  EXPECT_TRUE(table.list("ids").is_null(2));
  EXPECT_THAT(table.list("ids")[3], ElementsAre());
  EXPECT_THAT(table.list("ids")[4], ElementsAre(7, 8));
  EXPECT_EQ(table.column("x").views().back(), "x");
}

// The fault in the last line is never reached.
TEST(Table, TheFirstRowsAreReadAndNoMore) {
  std::string text = "a,b\n";
  for (int i = 0; i < 20000; ++i) text += std::to_string(i) + ",x\n";
  const TableFile file("t.csv", text + "1,2,3\n"), other("u.csv", "a,b\n7,y\n8,y\n");
  EXPECT_THROW(read_table({.path = file.path(), .columns = {"a"}}), Error);
  const Table table = read_table({.path = file.path(), .columns = {"a"}, .rows = 3});
  ASSERT_EQ(table.rows(), 3);
  EXPECT_EQ(table.column("a").rows(), 3);
  EXPECT_EQ(table.column("a")[2], "2");
  const std::string parts[] = {other.path(), file.path()};
  const Table both = read_table({.path = "both", .columns = {"a"}, .rows = 4}, parts);
  EXPECT_THAT(both.column("a").views(), ElementsAre("7", "8", "0", "1"));
  EXPECT_EQ(read_table({.path = other.path(), .columns = {"a"}, .rows = 9}).rows(), 2);
}

TEST(Table, TextThatIsNoListNamesItsLine) {
  const TableFile file("t.csv", "ids\n1 2\n1 two\n");
  const Error error = error_of([&] { read_table({.path = file.path(), .integer_columns = {"ids"}}); });
  EXPECT_THAT(error.what(), HasSubstr("line 3: column 'ids': 'two' is not an integer"));
  EXPECT_THAT(error.parts().offset, Optional(3));
}

TEST(Table, ColumnNames) {
  const TableFile csv("t.csv", "\xef\xbb\xbf\"a,b\",c\n1\n");
  EXPECT_THAT(column_names(csv.path()), ElementsAre("a,b", "c"));
  const TableFile jsonl("t.jsonl", "{\"x\": 1}\n{\"y\": 1, \"x\": 2}\n");
  EXPECT_THAT(column_names(jsonl.path()), ElementsAre("x", "y"));
  for (const char* name : {"typed.parquet", "typed_lz4.arrow", "typed_stream.arrow"}) {
    const std::vector<std::string> names = column_names(data(name));
    ASSERT_EQ(names.size(), 12U) << name;
    EXPECT_EQ(names.front(), "text");
    EXPECT_EQ(names.back(), "nested");
  }
}

}  // namespace
}  // namespace sonde::tables
