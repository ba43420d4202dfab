// Minimises a quadratic with an L1 penalty: the inner problem of a Newton step on a sparse model. The whole
// matrix is at hand, so this is for up to a few thousand unknowns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::solvers {

/// ½ (u − w)ᵀ H (u − w) + gᵀ (u − w) + penalty · ‖u‖₁, to be minimised over u.
/// Shapes: hessian [m, m] symmetric positive semi-definite, row-major; gradient [m]; start [m] is w.
struct QuadraticL1 {
  std::span<const double> hessian;
  std::span<const double> gradient;
  std::span<const double> start;
  double penalty = 1;
  double tol = 1e-10;  ///< largest residual of the optimality conditions allowed, in units of the gradient
};

/// Give the minimiser u; entries that the penalty sets to zero are exactly 0.
/// Source: coordinate descent (Friedman, Hastie and Tibshirani 2010) finds which entries are not zero; for
/// these the quadratic is solved directly, up to the first change of a sign (Lee, Battle, Raina and Ng 2007).
std::vector<double> minimise(const QuadraticL1& problem);

}  // namespace sonde::solvers
