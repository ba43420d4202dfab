// Takes rows in and sums their moments. Rows come block by block and are not kept; what is kept does not
// depend on their number. No check of the rows: they must be finite.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/moments.h"

namespace sonde::solvers {

/// Rows with what is known of them.
/// Shapes: targets [n, targets] row-major, or empty for none; labels [n] in [0, classes), or empty for none.
struct MomentRows {
  MatrixView x;
  std::span<const double> targets;
  std::span<const std::int32_t> labels;
};

/// Give float64 where its products cost under about a tenth of a second, float32_strips beyond.
MomentPrecision affordable_precision(std::int64_t rows, std::int64_t columns);

/// Takes rows in and gives their moments. The bits depend on the rows and their order alone: not on threads,
/// nor on how the rows were cut into calls.
class MomentSum {
 public:
  explicit MomentSum(const MomentShape& shape, MomentPrecision precision = MomentPrecision::float32_strips);
  ~MomentSum();
  MomentSum(MomentSum&&) noexcept;
  MomentSum& operator=(MomentSum&&) noexcept;

  /// Take in rows. Its workers stay for the calls to come, so context.cancel must outlive the sum.
  /// Cost: n · d² / 2.
  void add(const MomentRows& rows, const RunContext& context);
  /// Give the moments of all rows so far; add() must not follow.
  Moments take(const RunContext& context);

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

/// Give the moments of rows that are at hand.
Moments moments_of(const MomentRows& rows, const MomentShape& shape, MomentPrecision precision,
                   const RunContext& context);

}  // namespace sonde::solvers
