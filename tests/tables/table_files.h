// Files that go with a test, and the Error that an action throws.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "sonde/core/error.h"
#include "sonde/tables/table.h"

namespace sonde::tables {

/// A file in a folder of its own that is removed with it.
class TableFile {
 public:
  TableFile(const std::string& name, std::string_view content) {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("sonde_" + std::string(info->test_suite_name()) + "_" + info->name());
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / name).string();
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TableFile() { std::filesystem::remove_all(folder_); }
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

/// Give the Error that an action throws; fail when it throws none.
template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was refused";
  return Error(ErrorCode::internal, {});
}

/// Give a column with missing cells as nullopt.
inline std::vector<std::optional<std::string>> cells(const TextColumn& column) {
  std::vector<std::optional<std::string>> all;
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    if (column.is_null(row)) {
      EXPECT_EQ(column[row], "");
      all.emplace_back(std::nullopt);
    } else {
      all.emplace_back(std::string(column[row]));
    }
  }
  return all;
}

/// Read one text column of content written to `name`.
inline std::vector<std::optional<std::string>> read_cells(const std::string& name, std::string_view content,
                                                          const std::string& column) {
  const TableFile file(name, content);
  return cells(read_table({.path = file.path(), .columns = {column}}).column(column));
}

/// Give the Error of reading one text column of content written to `name`.
inline Error read_error(const std::string& name, std::string_view content, const std::string& column,
                        const TableLimits& limits = {}) {
  const TableFile file(name, content);
  return error_of([&] { read_table({.path = file.path(), .columns = {column}, .limits = limits}); });
}

}  // namespace sonde::tables
