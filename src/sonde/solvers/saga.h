// Logistic regression by SAGA as scikit-learn runs it: one row at a time in single precision, from its own
// random stream, until its own rule stops it. It is here to show what a published number rests on: it often
// ends far from the optimum, and says how far. logistic.h solves the same problems to the end. No sparse
// rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/solvers/logistic.h"

namespace sonde::solvers {

/// Solve problems that share `x`, which must be dense, and `scaler`, from zero weights. `tol` is the largest
/// change of a weight within an epoch relative to the largest weight, at which it stops (scikit-learn: 1e-4);
/// `max_iter` counts epochs. Solutions have scikit-learn's bits for float32 rows with random_state = `seed`
/// where no scaler is given, and the same bits however many are solved around them, on any number of threads.
/// `kkt` says how far from the optimum each one is.
/// Errors: usage for a seed that numpy refuses; input for weights that outgrow float32.
/// Source: Defazio, Bach and Lacoste-Julien 2014, algorithm 1; steps, order of rounding and stop rule as
/// scikit-learn 1.9.1, linear_model/_sag.py and _sag_fast.pyx.tp. Cost: epochs · n · d.
std::vector<LogisticSolution> solve_saga(std::span<const LogisticProblem> problems, std::int64_t seed,
                                         const RunContext& context);

}  // namespace sonde::solvers
