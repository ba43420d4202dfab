// Columns in memory: text end to end, and lists of integers end to end. They only grow at the end; no
// arithmetic.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonde::tables {

/// A column of text: one buffer, offsets [rows + 1], and which rows hold a value.
/// A missing value reads as empty text.
class TextColumn {
 public:
  std::int64_t rows() const { return static_cast<std::int64_t>(valid_.size()); }
  /// Give the text of a row; valid as long as the column.
  std::string_view operator[](std::int64_t row) const {
    return {bytes_.data() + offsets_[row], static_cast<std::size_t>(offsets_[row + 1] - offsets_[row])};
  }
  /// Tell whether a row holds no value (an unquoted empty cell, JSON null, an absent key).
  bool is_null(std::int64_t row) const { return valid_[row] == 0; }
  /// Units: bytes of all texts.
  std::int64_t byte_count() const { return static_cast<std::int64_t>(bytes_.size()); }
  /// Give views of all rows, for functions that take a span of texts.
  std::vector<std::string_view> views() const;

  /// Append a row.
  void append(std::string_view text);
  /// Append a row without a value.
  void append_null();

 private:
  std::string bytes_;
  std::vector<std::int64_t> offsets_{0};
  std::vector<std::uint8_t> valid_;
};

/// A column of integer lists, for example token ids. A missing list reads as an empty one.
class ListColumn {
 public:
  std::int64_t rows() const { return static_cast<std::int64_t>(valid_.size()); }
  /// Give the list of a row; valid as long as the column.
  std::span<const std::int64_t> operator[](std::int64_t row) const {
    return std::span(values_).subspan(offsets_[row], offsets_[row + 1] - offsets_[row]);
  }
  bool is_null(std::int64_t row) const { return valid_[row] == 0; }
  /// Count the integers of all rows.
  std::int64_t value_count() const { return static_cast<std::int64_t>(values_.size()); }

  /// Append a row.
  void append(std::span<const std::int64_t> list);
  /// Append a row without a value.
  void append_null();

 private:
  std::vector<std::int64_t> values_;
  std::vector<std::int64_t> offsets_{0};
  std::vector<std::uint8_t> valid_;
};

}  // namespace sonde::tables
