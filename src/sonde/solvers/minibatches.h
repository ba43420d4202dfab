// Which rows a step looks at, and their copy into one block.
#pragma once

#include <cstdint>
#include <functional>
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

/// How often and in what order a training goes through its rows.
struct EpochPlan {
  std::int64_t rows = 0;    ///< n
  std::int64_t batch = 32;  ///< rows of a step; the last step of an epoch has what is left
  std::int64_t epochs = 1;  ///< at most
  EpochOrder order = EpochOrder::shuffled;
};

/// What a training took.
struct EpochOutcome {
  std::int64_t epochs = 0;
  double training_loss = 0;  ///< mean over the steps of the last epoch
};

/// Call `step` for the rows of every batch, and `go_on` after every epoch (counted from 1), until it says no.
/// `step` gives the mean loss of its rows.
EpochOutcome run_epochs(const EpochPlan& plan, const RandomStream& stream,
                        const std::function<double(std::span<const std::int64_t> rows)>& step,
                        const std::function<bool(std::int64_t epoch)>& go_on);

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
