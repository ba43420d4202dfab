// Several files as one table: rows in the order of the parts, messages that name the part.
#include "sonde/tables/table.h"
#include "table_files.h"

namespace sonde::tables {
namespace {

using testing::HasSubstr;

std::string text_of(const Table& table, std::string_view name) {
  std::string all;
  for (const std::string_view cell : table.column(name).views()) all += std::string(cell) + "|";
  return all;
}

TEST(TableParts, RowsFollowTheOrderOfTheParts) {
  const TableFile a("a.csv", "x,y\n1,2\n3,4\n"), b("b.jsonl", "{\"y\": \"6\", \"x\": \"5\"}\n"),
      empty("c.csv", "y,x\n"), d("d.csv", "y,x,z\n8,7,9\n");
  const std::vector<std::string> parts = {a.path(), b.path(), empty.path(), d.path()};
  const Table table = read_table({.path = "all", .columns = {"y", "x"}}, parts);
  EXPECT_EQ(table.rows(), 4);
  EXPECT_EQ(text_of(table, "x"), "1|3|5|7|");
  EXPECT_EQ(text_of(table, "y"), "2|4|6|8|");
  const std::vector<std::string> turned = {d.path(), a.path()};
  EXPECT_EQ(text_of(read_table({.path = "all", .columns = {"x"}}, turned), "x"), "7|1|3|");
}

TEST(TableParts, Lists) {
  const TableFile a("a.csv", "ids\n1 2\n"), b("b.csv", "ids\n3\n");
  const std::vector<std::string> parts = {a.path(), b.path()};
  const Table table = read_table({.path = "all", .integer_columns = {"ids"}}, parts);
  ASSERT_EQ(table.list("ids").rows(), 2);
  EXPECT_EQ(table.list("ids")[1][0], 3);
}

TEST(TableParts, WhatIsWrongNamesThePart) {
  const TableFile good("a.csv", "x\n1\n"), other("b.csv", "y\n1\n"), ragged("c.csv", "x\n1\n1,2\n");
  const auto refusal = [&](std::vector<std::string> parts, TableLimits limits = {}) {
    return error_of([&] { read_table({.path = "all", .columns = {"x"}, .limits = limits}, parts); });
  };
  EXPECT_EQ(refusal({good.path(), other.path()}).parts().path, other.path());
  const Error error = refusal({good.path(), ragged.path()});
  EXPECT_EQ(error.parts().path, ragged.path());
  EXPECT_EQ(error.parts().offset, 3);
  EXPECT_EQ(refusal({}).code(), ErrorCode::usage);
  const TableFile empty("e.csv", "x\n");
  EXPECT_THAT(refusal({empty.path(), empty.path()}).what(), HasSubstr("the files hold no rows"));
  // The limit is of the whole table.
  EXPECT_EQ(refusal({good.path(), good.path(), good.path()}, {.table_bytes = 2}).code(), ErrorCode::limit);
}

}  // namespace
}  // namespace sonde::tables
