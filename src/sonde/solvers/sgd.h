// Logistic regression by stochastic gradient descent, a row at a time in the order given: the same steps as
// scikit-learn's SGDClassifier(loss="log_loss", shuffle=False).partial_fit. No other loss, no averaging, no
// sparse rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::solvers {

/// How the step size runs with the count t of rows seen, which starts at 1.
enum class StepSchedule {
  optimal,     ///< 1 / (alpha · (t0 + t − 1)), t0 from alpha by Bottou's rule
  constant,    ///< eta0
  invscaling,  ///< eta0 / t^power_t
};

/// What is minimised, and how fast.
struct SgdOptions {
  double alpha = 1e-4;  ///< strength of the penalty, above 0. Larger: smaller weights
  double l1_ratio = 0;  ///< 0: L2 alone; 1: L1 alone, by truncated gradients
  StepSchedule schedule = StepSchedule::optimal;
  double eta0 = 0.01;    ///< step size of the schedules other than optimal
  double power_t = 0.5;  ///< of invscaling
};

/// A classifier that learns from one batch after another. Two classes by one weight vector, positive for
/// class 1; more by one vector each, one against all others.
class SgdClassifier {
 public:
  /// Start at zero weights for rows of `width` numbers.
  SgdClassifier(std::int64_t width, int classes, const SgdOptions& options);

  /// Take one step for each row, in order.
  /// Shapes: rows [b, d]; labels [b] in [0, classes); margins [b, vectors] receive each row's margins before
  /// its own step. Cost: b · vectors · d.
  /// Source: scikit-learn 1.9.1, _sgd_fast.pyx.tp (_plain_sgd, l1penalty: Tsuruoka, Tsujii and Ananiadou
  /// 2009, whose sums of penalties begin anew with each batch). Weights differ by rounding alone: a dot
  /// product is summed in another order.
  void partial_fit(std::span<const double> rows, std::span<const std::int32_t> labels,
                   std::span<double> margins);
  /// Give the margins of one row. Shapes: row [d]; margins [vectors].
  void margins(std::span<const double> row, std::span<double> margins) const;

  std::int64_t width() const { return width_; }
  /// Count the weight vectors: 1 for two classes, else one per class.
  std::int64_t vectors() const { return static_cast<std::int64_t>(intercepts_.size()); }
  /// Give the weights [vectors, d].
  std::span<const double> weights() const { return weights_; }
  /// Give the intercepts [vectors].
  std::span<const double> intercepts() const { return intercepts_; }
  /// Give the number of the next step: 1 + rows seen.
  double t() const { return t_; }

 private:
  double step_size(double t) const;
  void fit_vector(std::int64_t vector, std::span<const double> rows, std::span<const std::int32_t> labels,
                  std::span<double> margins);

  std::int64_t width_;
  SgdOptions options_;
  double first_t_ = 0;  // t0 of the schedule optimal
  std::vector<double> weights_;
  std::vector<double> intercepts_;
  std::vector<double> penalties_;  // [d] what L1 has taken from each weight within a batch
  double t_ = 1;
};

/// Turn margins into probabilities: a sigmoid each, divided by their sum when there are several; equal ones
/// where all are 0. Shapes: margins [1] -> out [2] for two classes, [k] -> [k] for more.
/// Source: scikit-learn 1.9 LinearClassifierMixin._predict_proba_lr.
void one_vs_rest_probabilities(std::span<const double> margins, std::span<double> out);

/// Give −ln of the label's probability, which is held 2^-52 away from 0 and 1.
/// Source: scikit-learn 1.9 log_loss.
double clipped_log_loss(std::span<const double> probabilities, std::int32_t label);

}  // namespace sonde::solvers
