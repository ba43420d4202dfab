// An approximate inverse Hessian for linear models with an L2 penalty, factored once per solve. An
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

/// Make the preconditioner: a Cholesky factor in the smaller of feature space and sample space, from at most
/// 4 · d rows at even distances; for sparse or very large designs a mere scale. Source: Woodbury's identity;
/// row sampling suffices because only spectral closeness matters. Cost: min(n, 4 d) · d · min(n, d) once,
/// min(n, d) · d per application.
std::unique_ptr<Preconditioner> make_preconditioner(const CurvatureModel& model);

}  // namespace sonde::solvers
