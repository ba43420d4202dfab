// TSV: as CSV with tabs; quotes can be made ordinary characters.
#include "../table_files.h"

namespace sonde::tables {
namespace {

using testing::HasSubstr;
using Cells = std::vector<std::optional<std::string>>;

TEST(Tsv, ReadsTabsAndKeepsCommas) {
  EXPECT_EQ(read_cells("t.tsv", "a\tb\n1, one\t2\n\"tab\there\"\t\n", "a"), (Cells{"1, one", "tab\there"}));
  EXPECT_EQ(read_cells("t.tsv", "a\tb\n1\t\n", "b"), (Cells{std::nullopt}));
}

TEST(Tsv, RaggedRowNamesItsLine) {
  EXPECT_THAT(read_error("t.tsv", "a\tb\n1\n", "a").what(),
              HasSubstr("line 2 has 1 cells, the header has 2"));
}

TEST(Tsv, QuotesCanBeOrdinaryCharacters) {
  const TableFile file("t.tsv", "text\tlabel\n\"Well\" he said\t1\n\"\t0\n");
  const Error strict = error_of([&] { read_table({.path = file.path(), .columns = {"text"}}); });
  EXPECT_THAT(strict.what(), HasSubstr("text follows a closing quote on line 2"));
  const Table plain = read_table({.path = file.path(), .columns = {"text"}, .quoting = Quoting::none});
  EXPECT_EQ(cells(plain.column("text")), (Cells{"\"Well\" he said", "\""}));
}

}  // namespace
}  // namespace sonde::tables
