// Which rows a step looks at, and their copy into one block.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/random.h"
#include "sonde/solvers/design.h"

namespace sonde::solvers {

/// In which order an epoch goes through the rows.
enum class EpochOrder { as_given, shuffled };

/// Give the rows of an epoch in order: 0 … n − 1, or a permutation that seed, purpose and epoch fix.
std::vector<std::int64_t> epoch_rows(std::int64_t n, EpochOrder order, const RandomStream& stream,
                                     std::int64_t epoch);

/// Draw the rows of a step, with replacement, from 0 … n − 1.
void draw_rows(std::int64_t n, const RandomStream& stream, std::int64_t step, std::span<std::int64_t> rows);

/// Mean and spread as they are applied while rows are copied; empty leaves the rows as they are.
struct RowScaler {
  std::vector<float> mean;
  std::vector<float> inverse;  ///< 1 / standard deviation

  RowScaler() = default;
  explicit RowScaler(const ColumnStatistics& statistics);
};

/// Copy rows of x into a block, scaled. Shapes: x [n, d], rows [b], out [b, d].
void gather(MatrixView x, std::span<const std::int64_t> rows, const RowScaler& scaler, MutableMatrixView out);

}  // namespace sonde::solvers
