// What each row would be predicted as by a ridge regression fitted to all other rows, for a grid of penalties
// at once, without fitting any of them.
#pragma once

#include <span>
#include <vector>

#include "sonde/solvers/least_squares.h"

namespace sonde::solvers {

/// Give the errors y − ŷ of every row when it is left out, exactly as if fitted again. In standardized units
/// the deviations that the penalty is measured in stay those of all rows; the mean is that of the others.
/// Shapes: alphas [a], each above 0; result [a, n, targets]. `options.alpha` is not read.
/// Source: Golub, Heath and Wahba 1979, "Generalized Cross-Validation as a Method for Choosing a Good Ridge
/// Parameter", from one eigendecomposition in the smaller of feature space and sample space.
/// Cost: n · d · min(n, d) + 9 min(n, d)³, and n · min(n, d) for each alpha.
std::vector<double> leave_one_out_errors(const RegressionRows& rows, std::span<const double> alphas,
                                         const RegressionOptions& options, const RunContext& context);

/// Give the alpha whose leave-one-out errors have the least mean square over rows and targets; the larger one
/// wins a tie.
double best_alpha(const RegressionRows& rows, std::span<const double> alphas,
                  const RegressionOptions& options, const RunContext& context);

}  // namespace sonde::solvers
