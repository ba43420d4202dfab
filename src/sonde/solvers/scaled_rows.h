// Examples scaled, widened and copied, for the few solvers that need all their products with each other.
// Everything else reads a design where it lies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/solvers/design.h"

namespace sonde::solvers {

/// Rows of doubles.
struct DoubleRows {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<double> values;  ///< [rows, cols]

  std::span<const double> row(std::int64_t i) const { return std::span(values).subspan(i * cols, cols); }
};

/// Copy `count` rows at even distances, as (x − mean) / scale; a null scaler leaves them as they are.
DoubleRows scaled_rows(MatrixView x, const ColumnStatistics* scaler, std::int64_t count);

/// Give the transpose.
DoubleRows transposed(const DoubleRows& rows);

/// Give the products of all rows with each other.
/// Shapes: [rows, rows], symmetric. Cost: rows² · cols / 2 multiply-adds.
std::vector<double> gram_matrix(const DoubleRows& rows);

}  // namespace sonde::solvers
