// Arrow IPC files and streams against what pyarrow wrote (tests/golden/tables_files.py), and refusals.
#include "../table_files.h"

namespace sonde::tables {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Cells = std::vector<std::optional<std::string>>;

std::string data(const std::string& name) { return std::string(SONDE_TEST_DATA) + "/tables/" + name; }

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Arrow, FilesOfEveryCodecAndStreams) {
  for (const char* name :
       {"typed_uncompressed.arrow", "typed_lz4.arrow", "typed_zstd.arrow", "typed_stream.arrow"}) {
    const Table table =
        read_table({.path = data(name), .columns = {"kind", "text", "label"}, .integer_columns = {"ids"}});
    EXPECT_EQ(table.format(), "arrow");
    EXPECT_EQ(cells(table.column("text")), (Cells{"a", std::nullopt, "", "naïve 😀", "line\nbreak"})) << name;
    EXPECT_EQ(cells(table.column("kind")), (Cells{"pos", "neg", "pos", std::nullopt, "neg"})) << name;
    EXPECT_EQ(cells(table.column("label")), (Cells{"1", "0", std::nullopt, "-3", "4611686018427387904"}))
        << name;
    EXPECT_THAT(table.list("ids")[0], ElementsAre(1, 2, 3)) << name;
    EXPECT_THAT(table.list("ids")[4], ElementsAre(-1, 0)) << name;
    EXPECT_TRUE(table.list("ids").is_null(2)) << name;
  }
}

TEST(Arrow, InvalidUtf8) {
  const Error error = error_of([] { read_table({.path = data("broken_utf8.arrow"), .columns = {"text"}}); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("UTF"));
}

TEST(Arrow, AbsentColumn) {
  const Error error = error_of([] { read_table({.path = data("typed_lz4.arrow"), .columns = {"lable"}}); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.what(), HasSubstr("did you mean 'label'"));
}

TEST(Arrow, TruncatedAnywhere) {
  const std::string whole = read(data("typed_uncompressed.arrow"));
  ASSERT_GT(whole.size(), 1000U);
  for (std::size_t size = 0; size < whole.size(); size += 61) {
    const Error error = read_error("t.arrow", std::string_view(whole).substr(0, size), "text");
    EXPECT_EQ(error.code(), ErrorCode::input) << size;
  }
}

TEST(Arrow, EveryChangedByteReadsOrIsRefused) {
  const std::string whole = read(data("typed_zstd.arrow"));
  for (std::size_t at = 0; at < whole.size(); at += 29) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0xa5);
    const TableFile file("t.arrow", changed);
    try {
      read_table({.path = file.path(), .columns = {"text", "label"}, .integer_columns = {"ids"}});
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::internal) << at;
    }
  }
}

// The footer says where the batches lie and how long they are; the reader must not believe more than the file
// holds.
TEST(Arrow, FooterThatLies) {
  const std::string whole = read(data("typed_uncompressed.arrow"));
  int outside = 0;
  for (std::size_t at = whole.size() - 1100; at + 18 < whole.size(); at += 4) {
    std::string changed = whole;
    changed.replace(at, 8, 8, '\xff');
    const TableFile file("t.arrow", changed);
    try {
      read_table({.path = file.path(), .columns = {"text", "label"}, .integer_columns = {"ids"}});
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::internal) << at;
      outside +=
          std::string_view(error.what()).find("the footer points outside the file") != std::string_view::npos;
    }
  }
  EXPECT_GT(outside, 0);
}

}  // namespace
}  // namespace sonde::tables
