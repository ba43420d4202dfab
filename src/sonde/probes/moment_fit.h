// Online fits of probes in closed form: batches go into sums of products and are forgotten, and the probe
// follows from the sums. Memory d² a probe, whatever the number of rows.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/probes/online.h"
#include "sonde/solvers/moment_sum.h"

namespace sonde::probes {

/// How a closed form follows from the moments of its training rows.
struct MomentSolver {
  solvers::MomentShape shape;
  /// Turn the numbers of a batch into what is fitted to them; null: nothing is.
  /// Errors: input for numbers that cannot be.
  std::function<std::vector<double>(std::span<const double> targets)> transform;
  std::function<std::unique_ptr<FittedProbe>(const solvers::Moments& moments)> solve;
};

/// Give the plan of every closed form: one pass over the rows as they come.
OnlinePlan moment_plan();

/// Begin a fit that sums in float64. It agrees with a fit to the stored rows up to rounding.
std::unique_ptr<OnlineFit> begin_moments(MomentSolver solver);

}  // namespace sonde::probes
