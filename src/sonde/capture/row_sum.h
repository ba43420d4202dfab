// The sum of rows that every mean over tokens keeps.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"

namespace sonde::capture {

/// Add one row to a sum. Shapes: both [d].
inline void add_row(std::span<const float> row, std::span<float> sum) {
  for (std::size_t j = 0; j < row.size(); ++j) sum[j] += row[j];
}

/// Add every row to a sum. Shapes: rows [n, d], sum [d].
inline void add_rows(MatrixView rows, std::span<float> sum) {
  for (std::int64_t i = 0; i < rows.rows; ++i) add_row(rows.row(i), sum);
}

/// Make a sum of `count` rows their mean.
inline void divide(std::span<float> sum, std::int64_t count) {
  for (float& x : sum) x /= static_cast<float>(count);
}

}  // namespace sonde::capture
