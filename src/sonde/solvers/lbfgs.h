// Limited-memory BFGS with a strong-Wolfe line search, in double precision. Smooth unconstrained problems
// only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sonde/solvers/objective.h"

namespace sonde::solvers {

/// When and how the minimiser stops.
struct LbfgsOptions {
  double tol = 1e-8;             ///< stop when max|gradient| ≤ tol · max|gradient at the start|
  std::int64_t max_iter = 1000;  ///< steps taken at most
  std::int64_t memory = 12;      ///< curvature pairs kept; larger: fewer steps, each dearer
};

/// Why a solve ended.
enum class Stop { converged, max_iter, no_descent };

/// Where the minimiser ended and how good that is.
struct LbfgsResult {
  std::vector<double> x;
  double value = 0;
  double relative_gradient = 0;  ///< max|gradient| / max|gradient at the start|
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;
  Stop stop = Stop::max_iter;

  bool converged() const { return stop == Stop::converged; }
};

/// Minimise `objective` from `start`.
/// Source: Nocedal and Wright 2006, algorithms 7.4 (two loops), 3.5 and 3.6 (line search, interpolation
/// eq. 3.59). Cost: per step one evaluation (rarely more), one precondition, 4 · memory · size flops.
LbfgsResult minimise(Objective& objective, std::vector<double> start, const LbfgsOptions& options);

}  // namespace sonde::solvers
