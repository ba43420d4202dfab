// The nearest rows of every row, exactly, by comparing all pairs. No index structure: for tens of thousands
// of rows, not millions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"

namespace sonde::solvers {

/// The nearest others of every row, the nearest first; of two equally near ones the lower row.
/// Shapes: rows, distances [n, count], row-major.
struct NearestNeighbours {
  std::int64_t count = 0;
  std::vector<std::int32_t> rows;
  std::vector<double> distances;  ///< Euclidean

  std::int64_t size() const { return count > 0 ? static_cast<std::int64_t>(rows.size()) / count : 0; }
  std::span<const std::int32_t> rows_of(std::int64_t i) const {
    return std::span(rows).subspan(i * count, count);
  }
  std::span<const double> distances_of(std::int64_t i) const {
    return std::span(distances).subspan(i * count, count);
  }
};

/// Find the `count` nearest others of every row, 1 ≤ count < n; a row is not its own neighbour. The rows must
/// be finite. The bits do not depend on the number of threads.
/// Cost: n² · d. Rows are chosen by float32 products among count + 8 candidates, ranked by their differences.
NearestNeighbours nearest_neighbours(MatrixView x, std::int64_t count, const RunContext& context);

}  // namespace sonde::solvers
