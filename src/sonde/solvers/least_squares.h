// Least squares and ridge regression to the exact answer: Σ (y − x·w − b)² + alpha · Σ w², the bias not
// penalised. From rows at hand, or from moments alone; columns may depend on each other. No choice of alpha
// here (leave_one_out.h) and no transform of targets.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/column_scale.h"
#include "sonde/solvers/logistic.h"
#include "sonde/solvers/moments.h"

namespace sonde::solvers {

/// How a regression is fitted.
struct RegressionOptions {
  double alpha = 0;  ///< larger: smaller weights; 0 is least squares
  Intercept intercept = Intercept::fit;
  WeightUnits units = WeightUnits::raw;
};

/// Rows and one or more targets. Shapes: targets [n, target_count] row-major.
struct RegressionRows {
  MatrixView x;
  std::span<const double> targets;
  std::int64_t target_count = 1;
};

/// How the answer was found.
enum class RegressionMethod {
  cholesky,      ///< normal equations
  sample_space,  ///< the same among rows, of which there are no more than columns
  minimum_norm,  ///< columns depend on each other: the shortest of the answers
};

/// Give the word for a method, as it stands in reports.
const char* to_string(RegressionMethod method);

/// A fitted regression: y = x · weights + bias for x as it came.
/// Shapes: weights [targets, d], bias [targets].
struct RegressionSolution {
  std::vector<double> weights;
  std::vector<double> bias;
  RegressionMethod method = RegressionMethod::cholesky;
  std::int64_t rank = 0;         ///< columns (in sample space: rows) found independent
  std::int64_t refinements = 0;  ///< passes over the rows that corrected the answer
  double correction = 0;         ///< size of the last correction, relative to the weights
};

/// Solve from rows. With no more rows than columns it works among the rows; else it factors the normal
/// equations and corrects the answer by passes over the rows (one, mostly); products that were summed in
/// float32 are summed again in float64 where columns explain each other so well that corrections would not
/// shrink. Where others explain a column up to PseudoInverse::kDependent of its variance, least squares gives
/// the answer of minimum norm.
/// Errors: internal for shapes that disagree; rows must be finite.
/// Source: normal equations with iterative refinement, Björck 1996, "Numerical Methods for Least Squares
/// Problems", 2.9; minimum norm by PseudoInverse. Cost: n · d² / 2 + d³ / 6.
RegressionSolution solve_regression(const RegressionRows& rows, const RegressionOptions& options,
                                    const RunContext& context);

/// Solve for several penalties, whose products are taken once; `options.alpha` is not read.
/// Shapes: alphas [a], each at least 0. Cost: one regression, and min(n, d)³ / 3 for each alpha more.
std::vector<RegressionSolution> solve_regressions(const RegressionRows& rows, std::span<const double> alphas,
                                                  const RegressionOptions& options,
                                                  const RunContext& context);

/// How far a solution is from the optimum.
struct RegressionCheck {
  double objective = 0;  ///< Σ (y − x·w − b)² + alpha · Σ w², over all targets
  double kkt = 0;        ///< largest gradient, relative to the largest at zero weights
};

/// Measure the objective and its gradient at a solution, in the units of its penalty. Cost: n · d a target.
RegressionCheck check_regression(const RegressionRows& rows, const RegressionOptions& options,
                                 const RegressionSolution& solution, const RunContext& context);

/// The same from moments of the rows alone: as exact as the moments are. Cost: d² a target.
RegressionCheck check_regression(const Moments& moments, const RegressionOptions& options,
                                 const RegressionSolution& solution);

/// The normal equations of moments, factored once: solves for every target, and corrects the answer when the
/// rows come by again. What streaming uses; solve_regression() does the same where rows are at hand.
class NormalEquations {
 public:
  /// Factor the equations of `moments`, which must outlive this. Cost: d³ / 3.
  NormalEquations(const Moments& moments, const RegressionOptions& options, const RunContext& context);
  ~NormalEquations();

  /// Tell whether the moments are precise enough for what the columns leave of each other. If not, solve()
  /// gives minimum norm with the dependence that these moments show.
  bool trustworthy() const;
  /// Solve from the moments alone: as exact as their precision times the condition.
  RegressionSolution solve(const RunContext& context);
  /// Correct a solution of solve() by one pass over the rows that the moments were taken of. Cost: n · d a
  /// target.
  void refine(const RegressionRows& rows, RegressionSolution& solution, const RunContext& context) const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace sonde::solvers
