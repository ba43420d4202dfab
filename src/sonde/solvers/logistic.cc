// With k' weight vectors (1 for two classes, k for more) the parameters are [k', d] weights on scaled
// features z = (x − mean) / scale, then k' biases. z is never formed: a margin is x · (w / scale) + (b − mean
// · w / scale), and with residuals r the gradient of w is (xᵀr − mean Σr) / scale.
//
// The Hessian of the loss in one weight vector is Zᵀ diag(s p (1 − p)) Z. At zero weights p (1 − p) = (k − 1)
// / k², which with the mean sample weight gives the fixed curvature model that L-BFGS is preconditioned with.
#include "sonde/solvers/logistic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/solvers/lbfgs.h"
#include "sonde/solvers/preconditioner.h"

namespace sonde::solvers {
namespace {

// Rows whose margins and residuals are computed together, while they are still in cache.
constexpr std::int64_t kBlock = 64;

double log1p_exp(double m) { return m > 0 ? m + std::log1p(std::exp(-m)) : std::log1p(std::exp(m)); }

// Loss of one row of two classes; the margin becomes the residual p − y.
double binary_loss(double& margin, std::int32_t label) {
  const double m = margin;
  margin = 1 / (1 + std::exp(-m)) - label;
  return log1p_exp(label == 1 ? -m : m);
}

// Loss of one row of several classes; the margins become the residuals p − [class = label].
double softmax_loss(std::span<double> margins, std::int32_t label) {
  const double most = *std::max_element(margins.begin(), margins.end());
  const double own = margins[label];
  double sum = 0;
  for (double& m : margins) sum += (m = std::exp(m - most));
  for (double& m : margins) m /= sum;
  margins[label] -= 1;
  return most + std::log(sum) - own;
}

class LogisticObjective : public Objective {
 public:
  explicit LogisticObjective(const LogisticProblem& problem)
      : problem_(problem),
        d_(problem.x->cols()),
        vectors_(problem.classes == 2 ? 1 : problem.classes),
        folded_(vectors_ * d_),
        shift_(vectors_),
        residual_sum_(vectors_),
        raw_(vectors_ * d_),
        block_(kBlock * vectors_),
        vector_(d_ + has_bias()) {
    const double k = problem.classes;
    preconditioner_ = make_preconditioner({.x = problem.x,
                                           .scaler = problem.scaler,
                                           .curvature = problem.c * mean_weight() * (k - 1) / (k * k),
                                           .with_bias = has_bias()});
  }

  std::int64_t size() const override { return vectors_ * (d_ + has_bias()); }

  double evaluate(std::span<const double> x, std::span<double> gradient) override {
    fold(x);
    const double loss = pass();
    double penalty = 0;
    for (std::int64_t c = 0; c < vectors_; ++c) {
      for (std::int64_t j = 0; j < d_; ++j) {
        const std::int64_t at = c * d_ + j;
        double slope = raw_[at];
        if (problem_.scaler)
          slope = (slope - problem_.scaler->mean[j] * residual_sum_[c]) / problem_.scaler->scale[j];
        gradient[at] = x[at] + problem_.c * slope;
        penalty += x[at] * x[at];
      }
      if (has_bias()) gradient[vectors_ * d_ + c] = problem_.c * residual_sum_[c];
    }
    return 0.5 * penalty + problem_.c * loss;
  }

  void precondition(std::span<double> direction) override {
    for (std::int64_t c = 0; c < vectors_; ++c) {
      const auto own = direction.begin() + c * d_;
      std::copy(own, own + d_, vector_.begin());
      if (has_bias()) vector_[d_] = direction[vectors_ * d_ + c];
      preconditioner_->apply(vector_);
      std::copy(vector_.begin(), vector_.begin() + d_, own);
      if (has_bias()) direction[vectors_ * d_ + c] = vector_[d_];
    }
  }

  // Folds the scaler into weights and bias for raw x.
  void fold(std::span<const double> x) {
    for (std::int64_t c = 0; c < vectors_; ++c) {
      shift_[c] = has_bias() ? x[vectors_ * d_ + c] : 0.0;
      for (std::int64_t j = 0; j < d_; ++j) {
        const std::int64_t at = c * d_ + j;
        folded_[at] = problem_.scaler ? x[at] / problem_.scaler->scale[j] : x[at];
        if (problem_.scaler) shift_[c] -= problem_.scaler->mean[j] * folded_[at];
      }
    }
  }
  const std::vector<double>& folded() const { return folded_; }
  const std::vector<double>& shift() const { return shift_; }

 private:
  bool has_bias() const { return problem_.intercept == Intercept::fit; }

  double mean_weight() const {
    const std::span<const double> s = problem_.sample_weights;
    return s.empty() ? 1.0 : std::accumulate(s.begin(), s.end(), 0.0) / static_cast<double>(s.size());
  }

  // One pass over the rows: loss, raw gradient xᵀr and Σr.
  double pass() {
    std::fill(raw_.begin(), raw_.end(), 0.0);
    std::fill(residual_sum_.begin(), residual_sum_.end(), 0.0);
    double loss = 0;
    for (std::int64_t first = 0; first < problem_.x->rows(); first += kBlock) {
      const RowRange range{first, std::min(first + kBlock, problem_.x->rows())};
      const auto margins = std::span(block_).first((range.last - range.first) * vectors_);
      problem_.x->margins(range, folded_, margins);
      for (std::int64_t i = range.first; i < range.last; ++i) {
        loss += row_loss(i, margins.subspan((i - range.first) * vectors_, vectors_));
      }
      problem_.x->add_gradient(range, margins, raw_);
    }
    return loss;
  }

  double row_loss(std::int64_t i, std::span<double> margins) {
    for (std::int64_t c = 0; c < vectors_; ++c) margins[c] += shift_[c];
    const std::int32_t label = problem_.labels[i];
    const double loss = vectors_ == 1 ? binary_loss(margins[0], label) : softmax_loss(margins, label);
    const double weight = problem_.sample_weights.empty() ? 1.0 : problem_.sample_weights[i];
    for (std::int64_t c = 0; c < vectors_; ++c) residual_sum_[c] += (margins[c] *= weight);
    return weight * loss;
  }

  const LogisticProblem& problem_;
  std::int64_t d_;
  std::int64_t vectors_;
  std::vector<double> folded_;        // [k', d]
  std::vector<double> shift_;         // [k']
  std::vector<double> residual_sum_;  // [k']
  std::vector<double> raw_;           // [k', d]
  std::vector<double> block_;         // [kBlock, k']
  std::vector<double> vector_;        // [d + 1]
  std::unique_ptr<Preconditioner> preconditioner_;
};

void check_problem(const LogisticProblem& problem) {
  SONDE_ASSERT(problem.x != nullptr && problem.classes >= 2 && problem.c > 0);
  const auto n = static_cast<std::size_t>(problem.x->rows());
  SONDE_ASSERT(problem.labels.size() == n);
  SONDE_ASSERT(problem.sample_weights.empty() || problem.sample_weights.size() == n);
  for (const std::int32_t label : problem.labels) SONDE_ASSERT(label >= 0 && label < problem.classes);
}

}  // namespace

LogisticSolution solve_logistic(const LogisticProblem& problem) {
  check_problem(problem);
  LogisticObjective objective(problem);
  const LbfgsResult found = minimise(objective, std::vector<double>(objective.size()),
                                     {.tol = problem.tol, .max_iter = problem.max_iter});
  objective.fold(found.x);
  LogisticSolution solution{.weights = objective.folded(),
                            .bias = objective.shift(),
                            .objective = found.value,
                            .kkt = found.relative_gradient,
                            .iterations = found.iterations,
                            .converged = found.converged()};
  solution.nonzero = std::ranges::count_if(solution.weights, [](double w) { return w != 0; });
  return solution;
}

std::vector<LogisticSolution> solve_logistic(std::span<const LogisticProblem> problems,
                                             const RunContext& context) {
  std::vector<LogisticSolution> solutions(problems.size());
  run_queue(context, static_cast<std::int64_t>(problems.size()), [&](int, std::int64_t i) {
    solutions[i] = solve_logistic(problems[i]);
    context.advance(1);
  });
  return solutions;
}

std::vector<double> balanced_class_weights(std::span<const std::int32_t> labels, int classes) {
  std::vector<double> weights(static_cast<std::size_t>(classes));
  for (const std::int32_t label : labels) ++weights[label];
  for (double& weight : weights) weight = static_cast<double>(labels.size()) / (classes * weight);
  return weights;
}

void probabilities(std::span<const double> margins, std::span<double> out) {
  if (margins.size() == 1) {
    out[0] = 1 / (1 + std::exp(margins[0]));
    out[1] = 1 / (1 + std::exp(-margins[0]));
    return;
  }
  const double most = *std::max_element(margins.begin(), margins.end());
  double sum = 0;
  for (std::size_t c = 0; c < margins.size(); ++c) sum += (out[c] = std::exp(margins[c] - most));
  for (double& p : out) p /= sum;
}

}  // namespace sonde::solvers
