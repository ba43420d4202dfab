// An approximate inverse Hessian for linear models with an L2 penalty. An
// approximation only: it changes how many steps a solver takes, never where the optimum lies.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "sonde/solvers/design.h"

namespace sonde::solvers {

/// What the approximation (identity + curvature · XᵀX) is made of; the last parameter may be an unpenalised
/// bias.
struct CurvatureModel {
  const Design* x = nullptr;
  const ColumnStatistics* scaler = nullptr;  ///< null: features as they are
  double curvature = 1;                      ///< weight of XᵀX against the penalty's identity
  bool with_bias = true;                     ///< whether a column of ones follows the features
};

/// Solves (identity + curvature · XᵀX) u = v approximately.
class Preconditioner {
 public:
  virtual ~Preconditioner() = default;
  /// Apply in place to a vector of d weights and, with a bias, one more.
  virtual void apply(std::span<double> vector) const = 0;
};

/// Make the cheapest: the inverse of the model's diagonal, for sparse designs a mere scale. Cost: n · d.
std::unique_ptr<Preconditioner> make_diagonal_preconditioner(const CurvatureModel& model);

/// Give the multiply-adds that make_preconditioner() takes; 0 where it has no factor to offer.
std::int64_t preconditioner_cost(const Design& x);

/// Make the best: a Cholesky factor in the smaller of feature space and sample space, from at most
/// 4 · d rows at even distances; for sparse or very large designs a mere scale. Source: Woodbury's identity;
/// row sampling suffices because only spectral closeness matters. Cost: min(n, 4 d) · d · min(n, d) / 2 once,
/// min(n, d) · d per application.
std::unique_ptr<Preconditioner> make_preconditioner(const CurvatureModel& model);

}  // namespace sonde::solvers
