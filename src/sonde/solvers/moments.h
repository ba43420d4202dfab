// Sums over rows from which ridge, least squares, mass-mean, LDA and PCA follow without the rows: counts,
// means, products of columns and of columns with targets. They can be merged and taken out of each other; who
// sums them up is moment_sum.h. No solving here.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sonde/solvers/symmetric.h"

namespace sonde::solvers {

/// How many columns, targets and classes moments are about.
struct MomentShape {
  std::int64_t columns = 0;  ///< d
  std::int64_t targets = 0;
  std::int64_t classes = 0;  ///< k

  bool operator==(const MomentShape&) const = default;
};

/// What products of columns are summed in.
enum class MomentPrecision {
  float32_strips,  ///< some hundred rows in float32, about the mean of their block; all else in float64
  float64,         ///< all in float64; half as fast
};

/// Moments of some rows. Sums of products are about the means of these very rows.
struct Moments {
  Moments() = default;
  explicit Moments(const MomentShape& wanted) : Moments(wanted, SymmetricMatrix(wanted.columns)) {}
  /// Begin with sums of zero but for the products of columns, which the caller brings now or later.
  Moments(const MomentShape& shape, SymmetricMatrix gram);

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
  /// Take in counts, means and the products of targets and with targets, and nothing of columns or classes.
  /// Gives the distance between the means of both times the root of its weight, whose products with itself
  /// then belong to those of columns.
  std::vector<double> merge_means(const Moments& other);
  /// Take out the moments of rows that are among these: what is left of all when a fold is held out.
  /// Rounding grows with what is taken out: keep the folds and merge where one holds most of the rows.
  void subtract(const Moments& other);
};

}  // namespace sonde::solvers
