#include "sonde/tables/column.h"

namespace sonde::tables {

std::vector<std::string_view> TextColumn::views() const {
  std::vector<std::string_view> all(valid_.size());
  for (std::int64_t row = 0; row < rows(); ++row) all[row] = (*this)[row];
  return all;
}

void TextColumn::append(std::string_view text) {
  bytes_.append(text);
  offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  valid_.push_back(1);
}

void TextColumn::append_null() {
  offsets_.push_back(offsets_.back());
  valid_.push_back(0);
}

void ListColumn::append(std::span<const std::int64_t> list) {
  values_.insert(values_.end(), list.begin(), list.end());
  offsets_.push_back(static_cast<std::int64_t>(values_.size()));
  valid_.push_back(1);
}

void ListColumn::append_null() {
  offsets_.push_back(offsets_.back());
  valid_.push_back(0);
}

}  // namespace sonde::tables
