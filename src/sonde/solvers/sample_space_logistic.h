// Two-class logistic regression with an L2 penalty where there are fewer examples than features: Newton's
// method on one number per example. More classes and L1 are for the other solvers.
#pragma once

#include <span>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/solvers/logistic.h"

namespace sonde::solvers {

/// Say whether solve_in_sample_space() takes a problem, and is the fastest at it.
bool fits_sample_space(const LogisticProblem& problem);

/// Solve problems that share `x` and `scaler`, and so the products of all examples with each other.
/// Source: derived in sample_space_logistic.cc. Cost: n² · d / 2 once, n³ / 3 per step and problem.
std::vector<LogisticSolution> solve_in_sample_space(std::span<const LogisticProblem> problems,
                                                    const RunContext& context);

}  // namespace sonde::solvers
