// Exact logistic regression: C · Σ s_i · loss_i + l1_ratio ‖w‖₁ + (1 − l1_ratio)/2 ‖w‖², intercept not
// penalised, two classes by one weight vector and more by softmax. Standardisation is applied inside, so the
// examples are never copied. No other losses here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/solvers/design.h"

namespace sonde::solvers {

/// Whether a bias is fitted.
enum class Intercept { fit, none };

/// One logistic regression to solve; views only.
struct LogisticProblem {
  const Design* x = nullptr;               ///< [n, d]
  std::span<const std::int32_t> labels;    ///< [n] in [0, classes)
  int classes = 2;                         ///< k
  std::span<const double> sample_weights;  ///< [n], empty for 1
  const ColumnStatistics* scaler =
      nullptr;          ///< features are (x − mean) / scale; null leaves them as they are
  double c = 1.0;       ///< C; larger: weaker penalty
  double l1_ratio = 0;  ///< share of L1 in the penalty; larger: more weights are exactly 0
  Intercept intercept = Intercept::fit;
  double tol = 1e-8;  ///< stop at kkt ≤ tol
  std::int64_t max_iter = 1000;
};

/// The optimum of a LogisticProblem.
/// Shapes: weights [1, d] for two classes (positive for class 1), [k, d] for more; bias [1] or [k]. The
/// scaler is folded in: margins are x · weights + bias for x as it came.
struct LogisticSolution {
  std::vector<double> weights;
  std::vector<double> bias;
  double objective = 0;  ///< with w before folding
  double kkt = 0;  ///< largest residual of the optimality conditions / max|gradient of the loss at zero|
  std::int64_t nonzero = 0;
  std::int64_t iterations = 0;
  bool converged = false;
};

/// Solve one problem.
/// Errors: internal for shapes that disagree.
/// Source: penalty and loss as scikit-learn 1.9 LogisticRegression. Cost: that of the solver that fits:
/// sparse_logistic.h for a share of L1, sample_space_logistic.h for few examples, smooth_logistic.h else.
LogisticSolution solve_logistic(const LogisticProblem& problem);

/// Solve several problems. Those that share `x` and `scaler` are solved together: one pass over the examples
/// serves them all. Each has the same bits however many are solved around it, on any number of threads.
std::vector<LogisticSolution> solve_logistic(std::span<const LogisticProblem> problems,
                                             const RunContext& context);

/// Solve one problem for every C of a grid; its own `c` is not read. With a share of L1 the grid is walked
/// from the smallest C to the largest, each solution starting at the one before; without, all are solved
/// together. The solutions come in the order of the grid.
std::vector<LogisticSolution> solve_path(const LogisticProblem& problem, std::span<const double> grid,
                                         const RunContext& context);

/// Give the largest C at which all weights are zero; 0 without a share of L1.
/// Source: the optimality conditions at w = 0, where the bias is the log odds.
double largest_empty_c(const LogisticProblem& problem);

/// Give the class weights n / (k · n_c), so that every class counts the same.
/// Source: scikit-learn class_weight='balanced'.
std::vector<double> balanced_class_weights(std::span<const std::int32_t> labels, int classes);

/// Turn margins in place into probabilities.
/// Shapes: margins [1] -> out [2] for two classes, [k] -> [k] for more.
void probabilities(std::span<const double> margins, std::span<double> out);

}  // namespace sonde::solvers
