// Principal components of rows: the directions of largest variance, exact. Only as many as are asked for;
// rows are not whitened.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/moments.h"

namespace sonde::solvers {

/// The first directions of some rows, by falling variance.
/// Shapes: mean [d], directions [count, d], variances [count].
struct PrincipalComponents {
  std::vector<double> mean;
  std::vector<double> directions;  ///< of length 1; the entry of largest size is positive
  std::vector<double> variances;   ///< of the rows along a direction, divided by n − 1
  double total = 0;                ///< variance of all columns together

  std::int64_t count() const { return static_cast<std::int64_t>(variances.size()); }
};

/// Find the first `count` components; count ≤ min(n, d), n ≥ 2. The rows must be finite.
/// Source: signs as scikit-learn's svd_flip with u_based_decision=False chooses them.
/// Cost: n · d² / 2 for more rows than columns, and some products with the covariance.
PrincipalComponents principal_components(MatrixView x, std::int64_t count, const RunContext& context);

/// The same from the moments of the rows; count ≤ min(n, d), n ≥ 2. Cost: some products with the covariance.
PrincipalComponents principal_components(const Moments& moments, std::int64_t count,
                                         const RunContext& context);

/// Give the coordinates of rows along the directions. Shapes: float64 [n, count], row-major.
std::vector<double> along_components(MatrixView x, const PrincipalComponents& components,
                                     const RunContext& context);

}  // namespace sonde::solvers
