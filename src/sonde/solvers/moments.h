// Sums over rows from which ridge, least squares, mass-mean, LDA and PCA follow without the rows: counts,
// means, products of columns and of columns with targets. Rows come block by block and are not kept; what is
// kept does not depend on their number. No solving here, and no check of the rows: they must be finite.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/symmetric.h"

namespace sonde::solvers {

/// How many columns, targets and classes moments are about.
struct MomentShape {
  std::int64_t columns = 0;  ///< d
  std::int64_t targets = 0;
  std::int64_t classes = 0;  ///< k
};

/// What products of columns are summed in.
enum class MomentPrecision {
  float32_strips,  ///< 128 rows in float32, about the mean of their block; all else in float64
  float64,         ///< all in float64; half as fast
};

/// Moments of some rows. Sums of products are about the means of these very rows.
struct Moments {
  Moments() = default;
  explicit Moments(const MomentShape& shape);

  MomentShape shape;
  MomentPrecision precision = MomentPrecision::float64;  ///< the coarser of all that were merged
  std::int64_t count = 0;                                ///< n
  std::vector<double> mean;                              ///< [d]
  SymmetricMatrix gram;                                  ///< [d, d] Σ (x − mean)(x − mean)ᵀ
  std::vector<double> target_mean;                       ///< [targets]
  std::vector<double> cross;                             ///< [targets, d] Σ (y − mean y)(x − mean)
  std::vector<double> target_gram;                       ///< [targets, targets] Σ (y − mean y)(y' − mean y')
  std::vector<std::int64_t> class_count;                 ///< [k]
  std::vector<double> class_sum;                         ///< [k, d] Σ x over the rows of the class

  /// Take in the moments of other rows, as if both had been added here.
  /// Source: Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm", equations 2.1.
  void merge(const Moments& other);
  /// Take out the moments of rows that are among these: what is left of all when a fold is held out.
  /// Rounding grows with what is taken out: keep the folds and merge where one holds most of the rows.
  void subtract(const Moments& other);
};

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

  /// Take in rows. Cost: n · d² / 2.
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
