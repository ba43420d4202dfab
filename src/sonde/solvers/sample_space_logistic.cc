// The optimum is w = Zᵀa for some a [n], because the penalty lets no part of w lie outside the rows of Z.
// With G = ZZᵀ the margins are Ga + b, the penalty is ½ aᵀGa and the gradient in w is Zᵀ(a + r), where r = C
// s (p − y). With u = a + r and D = diag(C s p (1 − p)) Newton's equations are
//
//   δa = −u − D v,   v = G δa + δb,   Σ(a + δa) = 0   (the last for the bias).
//
// With S = √D, x = S v and A = I + S G S they become A x = S (δb − G u), whose matrix is symmetric and has no
// eigenvalue below 1, and δa = −u − S x. The bias follows from Σ S x = −Σ r.
#include "sonde/solvers/sample_space_logistic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/solvers/cholesky.h"
#include "sonde/solvers/logistic_loss.h"
#include "sonde/solvers/scaled_rows.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// Above this a factor per step costs more than the passes that it saves.
constexpr std::int64_t kMostRows = 384;

double sum_of(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

class Newton {
 public:
  Newton(const LogisticProblem& problem, const DoubleRows& z, const std::vector<double>& gram)
      : problem_(problem),
        z_(z),
        gram_(gram),
        n_(problem.x->rows()),
        a_(n_),
        ga_(n_),
        residuals_(n_),
        curvature_(n_) {}

  LogisticSolution run() {
    measure();
    slope_at_zero_ = slope();
    while (true) {
      // The length of the gradient bounds its largest entry and needs no product with Z.
      std::vector<double> u = a_;
      add_scaled(u, 1, residuals_);
      const std::vector<double> gu = times_gram(u);
      const double bound = std::max(std::sqrt(std::max(dot(u, gu), 0.0)), bias_slope());
      if (bound <= problem_.tol * slope_at_zero_ || iterations_ == problem_.max_iter) break;
      if (!step(u, gu)) break;
    }
    const double kkt = slope_at_zero_ > 0 ? slope() / slope_at_zero_ : 0;
    LogisticSolution solution{.weights = weights(a_),
                              .bias = {bias_},
                              .objective = value(),
                              .kkt = kkt,
                              .iterations = iterations_,
                              .converged = kkt <= problem_.tol};
    if (problem_.scaler != nullptr) {
      for (std::int64_t j = 0; j < z_.cols; ++j) {
        solution.weights[j] /= problem_.scaler->scale[j];
        solution.bias[0] -= problem_.scaler->mean[j] * solution.weights[j];
      }
    }
    solution.nonzero = std::ranges::count_if(solution.weights, [](double w) { return w != 0; });
    return solution;
  }

 private:
  bool has_bias() const { return problem_.intercept == Intercept::fit; }
  double sample_weight(std::int64_t i) const {
    return problem_.sample_weights.empty() ? 1.0 : problem_.sample_weights[i];
  }
  double bias_slope() const { return has_bias() ? std::abs(sum_of(residuals_)) : 0.0; }

  std::vector<double> times_gram(std::span<const double> v) const {
    std::vector<double> product(n_);
    add_rows(product, v, gram_.data(), n_);  // it is symmetric
    return product;
  }

  std::vector<double> weights(std::span<const double> a) const {
    std::vector<double> w(z_.cols);
    add_rows(w, a, z_.values.data(), z_.cols);
    return w;
  }

  // Largest entry of the gradient in weights and bias.
  double slope() const {
    std::vector<double> u = a_;
    add_scaled(u, 1, residuals_);
    return std::max(largest(weights(u)), bias_slope());
  }

  // Loss, residuals and curvatures where it stands.
  void measure() {
    for (std::int64_t i = 0; i < n_; ++i) residuals_[i] = ga_[i] + bias_;
    std::vector<double> losses(n_);
    binary_losses(residuals_, problem_.labels, losses);
    loss_ = 0;
    for (std::int64_t i = 0; i < n_; ++i) {
      const double scale = problem_.c * sample_weight(i), off = std::abs(residuals_[i]);
      curvature_[i] = scale * off * (1 - off);
      residuals_[i] *= scale;
      loss_ += scale * losses[i];
    }
  }
  double value() const { return loss_ + 0.5 * dot(a_, ga_); }

  bool step(std::span<const double> u, std::span<const double> gu) {
    ++iterations_;
    std::vector<double> root(n_), x(n_), from_bias;
    SymmetricMatrix matrix(n_);
    for (std::int64_t i = 0; i < n_; ++i) root[i] = std::sqrt(curvature_[i]);
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t j = i; j < n_; ++j) matrix.at(i, j) = root[i] * root[j] * gram_[i * n_ + j];
      matrix.at(i, i) += 1;
      x[i] = -root[i] * gu[i];
    }
    const Cholesky factor(std::move(matrix), {});
    if (!factor.positive()) return false;
    factor.solve(x);
    double bias_step = 0;
    if (has_bias()) {
      from_bias = root;
      factor.solve(from_bias);
      const double weight = dot(root, from_bias);
      if (weight > 0) bias_step = (-dot(root, x) - sum_of(residuals_)) / weight;
      add_scaled(x, bias_step, from_bias);
    }
    std::vector<double> step(n_);
    for (std::int64_t i = 0; i < n_; ++i) step[i] = -u[i] - root[i] * x[i];
    return search(step, bias_step, dot(u, times_gram(step)));
  }

  // Shortens the step until the objective falls as it should.
  bool search(std::span<const double> step, double bias_step, double slope) {
    const std::vector<double> g_step = times_gram(step), a = a_, ga = ga_;
    const double bias = bias_, before = value(), slack = 4e-15 * std::abs(before);
    if (has_bias()) slope += sum_of(residuals_) * bias_step;
    for (double length = 1; length > 1e-10; length /= 2) {
      a_ = a;
      ga_ = ga;
      add_scaled(a_, length, step);
      add_scaled(ga_, length, g_step);
      bias_ = bias + length * bias_step;
      measure();
      if (value() <= before + 1e-4 * length * slope + slack) return true;
    }
    a_ = a;
    ga_ = ga;
    bias_ = bias;
    measure();
    return false;
  }

  const LogisticProblem& problem_;
  const DoubleRows& z_;
  const std::vector<double>& gram_;
  std::int64_t n_;
  std::vector<double> a_, ga_, residuals_, curvature_;  // [n]
  double bias_ = 0, loss_ = 0, slope_at_zero_ = 0;
  std::int64_t iterations_ = 0;
};

}  // namespace

bool fits_sample_space(const LogisticProblem& problem) {
  const std::int64_t n = problem.x->rows();
  return problem.classes == 2 && problem.l1_ratio == 0 && problem.x->dense() != nullptr &&
         n < problem.x->cols() && n <= kMostRows;
}

std::vector<LogisticSolution> solve_in_sample_space(std::span<const LogisticProblem> problems,
                                                    const RunContext& context) {
  const LogisticProblem& first = problems.front();
  const DoubleRows z = scaled_rows(*first.x->dense(), first.scaler, first.x->rows());
  const std::vector<double> gram = gram_matrix(z);
  std::vector<LogisticSolution> solutions(problems.size());
  run_queue(context, static_cast<std::int64_t>(problems.size()),
            [&](int, std::int64_t i) { solutions[i] = Newton(problems[i], z, gram).run(); });
  return solutions;
}

}  // namespace sonde::solvers
