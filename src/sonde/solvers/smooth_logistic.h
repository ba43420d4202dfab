// Logistic regressions with an L2 penalty on the same examples, solved together. L1 is in sparse_logistic.h.
#pragma once

#include <span>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/solvers/logistic.h"

namespace sonde::solvers {

/// Solve problems that share `x` and `scaler`. Each has the same bits alone and in company: its columns are
/// summed in an order of their own, and its steps follow from nothing but itself.
/// Source: L-BFGS, preconditioned with the diagonal of the bound of the Hessian (Böhning 1992) and, once it
/// has run for what that costs, with a factor of the bound; derived in smooth_logistic.cc. Cost: passes over
/// the examples, each a thin product of all weight vectors still moving.
std::vector<LogisticSolution> solve_smooth(std::span<const LogisticProblem> problems,
                                           const RunContext& context);

}  // namespace sonde::solvers
