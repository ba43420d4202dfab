// Reads chosen columns of a CSV, TSV, JSON lines, Parquet or Arrow file into memory, in the file's order. It
// infers no types, drops no rows and replaces no bytes: what is not as it should be is refused with its line
// or row.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/options.h"
#include "sonde/tables/column.h"

namespace sonde::tables {

/// How much a table may hold.
struct TableLimits {
  std::int64_t text_bytes = std::int64_t{8} << 20;
  std::int64_t row_bytes = std::int64_t{64} << 20;
  std::int64_t columns = 10'000;
  std::int64_t table_bytes = std::int64_t{16} << 30;

  template <class V>
  void fields(V& visit) {
    visit("text_bytes", text_bytes, {.help = "longest text of a cell, in bytes", .low = 1});
    visit("row_bytes", row_bytes, {.help = "longest row of a text file, in bytes", .low = 1});
    visit("columns", columns, {.help = "most columns of a file", .low = 1});
    visit("table_bytes", table_bytes,
          {.help = "most bytes that the columns read may take in memory", .low = 1});
  }
};

/// How CSV and TSV cells may be quoted.
enum class Quoting {
  standard,  ///< a cell that starts with a double quote ends with one; a quote inside is doubled
  none,      ///< a double quote is an ordinary character
};

/// What to read of a file.
struct TableRequest {
  std::string path;
  std::string format;                ///< a name of the catalogue; empty: by extension, then by content
  std::vector<std::string> columns;  ///< columns read as text
  std::vector<std::string> integer_columns;  ///< columns read as lists of integers: [1, 2], "[1, 2]" or "1 2"
  Quoting quoting = Quoting::standard;
  std::int64_t rows = 0;  ///< first rows only, and reading stops there; 0: all
  TableLimits limits;
};

/// Columns of one table, all of the same number of rows.
class Table {
 public:
  std::int64_t rows() const { return rows_; }
  /// Give the name of the format that was read.
  const std::string& format() const { return format_; }
  /// Give a text column. Errors: usage when it was not requested.
  const TextColumn& column(std::string_view name) const;
  /// Give a column of integer lists. Errors: usage when it was not requested as such.
  const ListColumn& list(std::string_view name) const;

 private:
  friend Table read_table(const TableRequest& request, std::span<const std::string> parts);
  void append_part(const TableRequest& request);
  std::int64_t rows_ = 0;
  std::string format_;
  std::map<std::string, TextColumn, std::less<>> texts_;
  std::map<std::string, ListColumn, std::less<>> lists_;
};

/// Read the requested columns of a file. Integers and booleans of typed formats print plainly: "1", "true".
/// Errors: usage for a column that is absent (nearest named) or a format that is unknown; input for a file
/// that is missing, empty, without rows, ragged, not UTF-8, with NUL bytes or otherwise malformed (`offset`
/// is the 1-based line of a text format, the row of a binary one); limit for more than `limits` allow.
Table read_table(const TableRequest& request);

/// Read several files as one table: rows of the first part, then of the second, and so on. `request.path`
/// names the whole in messages; every part must have the columns, and only the whole must have rows. Errors:
/// as read_table for one file, naming the part; usage without parts.
Table read_table(const TableRequest& request, std::span<const std::string> parts);

/// List the column names of a file, in its order (JSON lines: the keys of the first 1000 lines).
/// Errors: as read_table.
std::vector<std::string> column_names(const std::string& path, const std::string& format = "");

}  // namespace sonde::tables
