// How far given weights are from the optimum of a logistic regression, whoever found them.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/solvers/logistic.h"

namespace sonde::solvers {

/// What a LogisticSolution says about itself.
struct Optimality {
  double objective = 0;
  double kkt = 0;  ///< largest optimality residual / max|gradient of the loss at zero|
  std::int64_t nonzero = 0;
};

/// Measure weights that need not be optimal. Shapes: weights [vectors, d], bias [vectors].
/// Errors: internal for a problem with a scaler: weights are in the units of its rows.
Optimality measure_optimality(const LogisticProblem& problem, std::span<const double> weights,
                              std::span<const double> bias);

}  // namespace sonde::solvers
