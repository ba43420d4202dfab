// Exact logistic regression with an L2 penalty: ½‖w‖² + C · Σ s_i · loss_i, intercept not penalised, two
// classes by one weight vector and more by softmax. Standardisation is applied inside, so the examples are
// never copied. No L1 here.
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
      nullptr;     ///< features are (x − mean) / scale; null leaves them as they are
  double c = 1.0;  ///< C; larger: weaker penalty
  Intercept intercept = Intercept::fit;
  double tol = 1e-8;  ///< stop at max|gradient| ≤ tol · max|gradient at zero weights|
  std::int64_t max_iter = 1000;
};

/// The optimum of a LogisticProblem.
/// Shapes: weights [1, d] for two classes (positive for class 1), [k, d] for more; bias [1] or [k]. The
/// scaler is folded in: margins are x · weights + bias for x as it came.
struct LogisticSolution {
  std::vector<double> weights;
  std::vector<double> bias;
  double objective = 0;  ///< ½‖w‖² + C · Σ s_i · loss_i with w before folding
  double kkt = 0;        ///< max|gradient| / max|gradient at zero weights|
  std::int64_t nonzero = 0;
  std::int64_t iterations = 0;
  bool converged = false;
};

/// Solve one problem. The same bits however many problems are solved around it.
/// Errors: internal for shapes that disagree.
/// Source: penalty and loss as scikit-learn 1.9 LogisticRegression; the L-BFGS steps are preconditioned with
/// the bound of the Hessian by the Gram matrix of (a sample of) the rows, Böhning 1992; derived in
/// logistic.cc. Cost: steps · n · d, and min(n, d)³ / 3 once.
LogisticSolution solve_logistic(const LogisticProblem& problem);

/// Solve several problems in parallel, each on one thread.
std::vector<LogisticSolution> solve_logistic(std::span<const LogisticProblem> problems,
                                             const RunContext& context);

/// Give the class weights n / (k · n_c), so that every class counts the same.
/// Source: scikit-learn class_weight='balanced'.
std::vector<double> balanced_class_weights(std::span<const std::int32_t> labels, int classes);

/// Turn margins in place into probabilities.
/// Shapes: margins [1] -> out [2] for two classes, [k] -> [k] for more.
void probabilities(std::span<const double> margins, std::span<double> out);

}  // namespace sonde::solvers
