// A Newton step minimises the quadratic model of the loss plus the penalty. It is taken over a working set:
// the weights that are not zero, and those whose optimality condition is broken most. The Hessian of the loss
// for weights (c, j) and (c', j') is C · Σ_i s_i p_ic ([c = c'] − p_ic') z_ij z_ij'. Biases, which are not
// penalised, are eliminated from the model by their Schur complement, so the inner problem knows nothing of
// them; of the k biases of a softmax only k − 1 matter, and the last one is held.
//
// With w = 0 the best biases are the log odds of the classes. There every weight stays zero as long as
// C · |Σ_i s_i (p_ic − y_ic) z_ij| ≤ ρ, which gives the C where the path begins. From it C grows by at most
// kGrowth per stage, so that every Newton step starts near its end.
#include "sonde/solvers/sparse_logistic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sonde/kernels/row_products.h"
#include "sonde/solvers/cholesky.h"
#include "sonde/solvers/logistic_loss.h"
#include "sonde/solvers/quadratic_l1.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

constexpr double kGrowth = 4;                // of C from one stage to the next
constexpr double kStageTol = 1e-3;           // of the stages between two values of the grid
constexpr std::size_t kMostUnknowns = 1024;  // in a working set; above, the worst ones are taken in turn
constexpr std::size_t kFewestNew = 32;       // weights that may enter in one step

// Weight (vector, column) of the working set.
struct Unknown {
  std::int64_t vector = 0;
  std::int64_t column = 0;
};

// Columns of the scaled features that were ever in a working set, each as n doubles in a row.
class Columns {
 public:
  Columns(const Design& x, const ColumnStatistics* scaler)
      : x_(x), scaler_(scaler), slot_(static_cast<std::size_t>(x.cols()), -1) {}

  void require(const std::vector<Unknown>& unknowns) {
    std::vector<std::int64_t> missing;
    for (const Unknown& unknown : unknowns) {
      std::int64_t& slot = slot_[unknown.column];
      if (slot >= 0) continue;
      slot = count_++;
      missing.push_back(unknown.column);
    }
    if (missing.empty()) return;
    const std::int64_t n = x_.rows();
    values_.resize(static_cast<std::size_t>(count_ * n));
    double* first = values_.data() + (count_ - static_cast<std::int64_t>(missing.size())) * n;
    x_.copy_columns(missing, {first, missing.size() * static_cast<std::size_t>(n)});
    if (scaler_ == nullptr) return;
    for (const std::int64_t column : missing) {
      for (double& value : mutable_column(column))
        value = (value - scaler_->mean[column]) / scaler_->scale[column];
    }
  }

  std::span<const double> operator[](std::int64_t column) const {
    const auto n = static_cast<std::size_t>(x_.rows());
    return {values_.data() + static_cast<std::size_t>(slot_[column]) * n, n};
  }

 private:
  std::span<double> mutable_column(std::int64_t column) {
    const auto n = static_cast<std::size_t>(x_.rows());
    return {values_.data() + static_cast<std::size_t>(slot_[column]) * n, n};
  }

  const Design& x_;
  const ColumnStatistics* scaler_;
  std::vector<std::int64_t> slot_;  // [d], −1 for none
  std::int64_t count_ = 0;
  std::vector<double> values_;  // [count, n]
};

class SparsePath {
 public:
  explicit SparsePath(const LogisticProblem& problem)
      : problem_(problem),
        n_(problem.x->rows()),
        d_(problem.x->cols()),
        vectors_(problem.classes == 2 ? 1 : problem.classes),
        biases_(problem.intercept == Intercept::none ? 0 : std::max<std::int64_t>(1, vectors_ - 1)),
        weights_(vectors_ * d_),
        bias_(vectors_),
        margins_(n_ * vectors_),
        residuals_(n_ * vectors_),
        gradient_(vectors_ * d_),
        bias_gradient_(vectors_),
        columns_(*problem.x, problem.scaler) {
    c_ = 1;
    measure();
    slope_at_zero_ = std::max(largest(gradient_), biases_ > 0 ? largest(bias_gradient_) : 0.0);
    fit_biases_alone();
    measure();
    const double most = largest(gradient_);
    c_ = most > 0 ? problem_.l1_ratio / most : std::numeric_limits<double>::infinity();
  }

  // Where it stands; at first the largest C that leaves all weights zero.
  double c() const { return c_; }

  LogisticSolution solve(double c) {
    const std::int64_t before = iterations_;
    while (c > kGrowth * c_) approach(c_ * kGrowth, std::max(problem_.tol, kStageTol));
    const bool converged = approach(std::max(c, 0.0), problem_.tol);
    LogisticSolution solution{.weights = std::vector<double>(weights_.size()),
                              .bias = bias_,
                              .objective = objective(),
                              .kkt = residual() / reference(),
                              .nonzero = std::ranges::count_if(weights_, [](double w) { return w != 0; }),
                              .iterations = iterations_ - before,
                              .converged = converged};
    centre(solution.bias);
    fold(solution.weights, solution.bias);
    return solution;
  }

 private:
  double sample_weight(std::int64_t i) const {
    return problem_.sample_weights.empty() ? 1.0 : problem_.sample_weights[i];
  }
  double reference() const { return slope_at_zero_ > 0 ? c_ * slope_at_zero_ : 1.0; }

  // A softmax does not change when all biases move together; their mean is put at zero.
  void centre(std::span<double> bias) const {
    if (vectors_ == 1) return;
    const double mean = std::accumulate(bias.begin(), bias.end(), 0.0) / static_cast<double>(vectors_);
    for (double& b : bias) b -= mean;
  }

  // Log odds of the classes.
  void fit_biases_alone() {
    if (biases_ == 0) return;
    std::vector<double> mass(problem_.classes);
    for (std::int64_t i = 0; i < n_; ++i) mass[problem_.labels[i]] += sample_weight(i);
    if (vectors_ == 1) {
      bias_[0] = std::log(mass[1] / mass[0]);
    } else {
      for (std::int64_t c = 0; c < vectors_; ++c) bias_[c] = std::log(mass[c]);
      centre(bias_);
    }
    compute_margins();
  }

  // Weights and biases on features as they came.
  void fold(std::span<double> weights, std::span<double> bias) const {
    for (std::int64_t c = 0; c < vectors_; ++c) {
      for (std::int64_t j = 0; j < d_; ++j) {
        const double w = weights_[c * d_ + j];
        weights[c * d_ + j] = problem_.scaler && w != 0 ? w / problem_.scaler->scale[j] : w;
        if (problem_.scaler) bias[c] -= problem_.scaler->mean[j] * weights[c * d_ + j];
      }
    }
  }

  // Margins from the weights alone, which ends the rounding that steps have gathered.
  void compute_margins() {
    std::vector<double> weights(weights_.size()), bias = bias_;
    fold(weights, bias);
    problem_.x->margins({0, n_}, weights, margins_);
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t c = 0; c < vectors_; ++c) margins_[i * vectors_ + c] += bias[c];
    }
  }

  // Residuals, and the gradient of C · loss + L2 at the weights.
  void measure() {
    residuals_ = margins_;
    std::ranges::fill(bias_gradient_, 0.0);
    for (std::int64_t i = 0; i < n_; ++i) {
      const auto row = std::span(residuals_).subspan(i * vectors_, vectors_);
      (void)logistic_loss(row, problem_.labels[i]);
      for (std::int64_t c = 0; c < vectors_; ++c) bias_gradient_[c] += (row[c] *= c_ * sample_weight(i));
    }
    std::ranges::fill(gradient_, 0.0);
    problem_.x->add_gradient({0, n_}, residuals_, gradient_);
    const double l2 = 1 - problem_.l1_ratio;
    for (std::int64_t c = 0; c < vectors_; ++c) {
      for (std::int64_t j = 0; j < d_; ++j) {
        double& slope = gradient_[c * d_ + j];
        if (problem_.scaler)
          slope = (slope - problem_.scaler->mean[j] * bias_gradient_[c]) / problem_.scaler->scale[j];
        slope += l2 * weights_[c * d_ + j];
      }
    }
  }

  // How far a weight is from its optimality condition.
  double violation(std::int64_t at) const {
    const double w = weights_[at], slope = gradient_[at], l1 = problem_.l1_ratio;
    return w != 0 ? std::abs(slope + std::copysign(l1, w)) : std::max(std::abs(slope) - l1, 0.0);
  }

  double residual() const {
    double most = biases_ > 0 ? largest(bias_gradient_) : 0.0;
    for (std::int64_t at = 0; at < vectors_ * d_; ++at) most = std::max(most, violation(at));
    return most;
  }

  double penalty(std::span<const double> weights) const {
    double l1 = 0;
    for (const double w : weights) l1 += std::abs(w);
    return problem_.l1_ratio * l1 + 0.5 * (1 - problem_.l1_ratio) * dot(weights, weights);
  }

  double loss(std::span<const double> margins) const {
    double sum = 0;
    for (std::int64_t i = 0; i < n_; ++i)
      sum += sample_weight(i) * logistic_loss_at(margins.subspan(i * vectors_, vectors_), problem_.labels[i]);
    return c_ * sum;
  }
  double objective() const { return loss(margins_) + penalty(weights_); }

  // Newton steps at one C. Says whether the residual got below tol.
  bool approach(double c, double tol) {
    c_ = c;
    measure();
    bool fresh = false;  // whether the margins were just computed from the weights
    for (std::int64_t step = 0;; ++step) {
      const double most = residual();
      if (most <= tol * reference()) {
        if (fresh) return true;
        compute_margins();
        measure();
        fresh = true;
        continue;
      }
      if (step >= problem_.max_iter || !newton_step(most, tol)) break;
      fresh = false;
      measure();
    }
    compute_margins();
    measure();
    return residual() <= tol * reference();
  }

  // The weights that are not zero and the zeros that want to leave, the worst first; sorted by vector,
  // column.
  std::vector<Unknown> working_set() const {
    std::vector<std::int64_t> support, broken;
    for (std::int64_t at = 0; at < vectors_ * d_; ++at) {
      if (weights_[at] != 0) {
        support.push_back(at);
      } else if (violation(at) > 0) {
        broken.push_back(at);
      }
    }
    const auto worse = [&](std::int64_t a, std::int64_t b) {
      const double va = violation(a), vb = violation(b);
      return va != vb ? va > vb : a < b;
    };
    const auto keep_worst = [&](std::vector<std::int64_t>& all, std::size_t count) {
      if (all.size() <= count) return;
      std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(count), worse);
      all.resize(count);
    };
    keep_worst(broken, std::max(kFewestNew, support.size()));
    support.insert(support.end(), broken.begin(), broken.end());
    keep_worst(support, kMostUnknowns);
    std::ranges::sort(support);
    std::vector<Unknown> unknowns;
    for (const std::int64_t at : support) unknowns.push_back({at / d_, at % d_});
    return unknowns;
  }

  bool newton_step(double most, double tol);
  std::vector<double> curvature_of(std::int64_t a, std::int64_t b) const;
  void fill_hessian(const std::vector<Unknown>& unknowns, std::vector<double>& hessian,
                    std::vector<double>& crossed) const;
  bool search(const std::vector<Unknown>& unknowns, std::span<const double> target,
              std::span<const double> bias_step);

  const LogisticProblem& problem_;
  std::int64_t n_, d_, vectors_;
  std::int64_t biases_;  // that are free: 1, k − 1, or 0 without an intercept
  double c_ = 1;
  double slope_at_zero_ = 0;  // largest gradient of the loss at zero weights and biases
  std::int64_t iterations_ = 0;
  std::vector<double> weights_;        // [k', d] on scaled features
  std::vector<double> bias_;           // [k']
  std::vector<double> margins_;        // [n, k']
  std::vector<double> residuals_;      // [n, k'] C · s · (p − y)
  std::vector<double> gradient_;       // [k', d]
  std::vector<double> bias_gradient_;  // [k']
  Columns columns_;
};

// C · s · p_a ([a = b] − p_b) of every row.
std::vector<double> SparsePath::curvature_of(std::int64_t a, std::int64_t b) const {
  std::vector<double> curvature(n_);
  for (std::int64_t i = 0; i < n_; ++i) {
    const double scale = c_ * sample_weight(i), label = problem_.labels[i];
    if (scale == 0) continue;
    const auto p = [&](std::int64_t c) {
      const double is = vectors_ == 1 ? label : (label == static_cast<double>(c) ? 1.0 : 0.0);
      return residuals_[i * vectors_ + c] / scale + is;
    };
    curvature[i] = scale * p(a) * ((a == b ? 1.0 : 0.0) - p(b));
  }
  return curvature;
}

// hessian [m, m] of the weights, and crossed [biases + m, biases]: of the biases, then of weights with
// biases.
void SparsePath::fill_hessian(const std::vector<Unknown>& unknowns, std::vector<double>& hessian,
                              std::vector<double>& crossed) const {
  const auto m = static_cast<std::int64_t>(unknowns.size());
  std::vector<double> plain(m * n_), weighted(m * n_);
  for (std::int64_t u = 0; u < m; ++u)
    std::ranges::copy(columns_[unknowns[u].column], plain.begin() + u * n_);
  const auto first_of = [&](std::int64_t vector) {
    return std::ranges::lower_bound(unknowns, vector, {}, &Unknown::vector) - unknowns.begin();
  };
  for (std::int64_t a = 0; a < vectors_; ++a) {
    const std::int64_t begin = first_of(a), end = first_of(a + 1);
    for (std::int64_t b = 0; b <= a; ++b) {
      const std::vector<double> curvature = curvature_of(a, b);
      const double total = std::accumulate(curvature.begin(), curvature.end(), 0.0);
      if (a < biases_) crossed[a * biases_ + b] = crossed[b * biases_ + a] = total;
      for (std::int64_t u = begin; u < end; ++u) {
        double* row = weighted.data() + u * n_;
        for (std::int64_t i = 0; i < n_; ++i) row[i] = curvature[i] * plain[u * n_ + i];
        if (b < biases_) crossed[(biases_ + u) * biases_ + b] = std::accumulate(row, row + n_, 0.0);
      }
      const std::int64_t from = first_of(b), to = first_of(b + 1);
      if (a < biases_ && a != b) {
        for (std::int64_t u = from; u < to; ++u)
          crossed[(biases_ + u) * biases_ + a] = dot(curvature, std::span(plain).subspan(u * n_, n_));
      }
      for (std::int64_t u = begin; u < end;
           u += 64) {  // of the diagonal blocks little more than the lower half
        const std::int64_t rows = std::min<std::int64_t>(64, end - u), last = a == b ? u + rows : to;
        kernels::row_products(kernels::DoubleView{weighted.data() + u * n_, rows, n_, n_},
                              {plain.data() + from * n_, last - from, n_, n_},
                              {hessian.data() + u * m + from, rows, last - from, m});
      }
    }
  }
  for (std::int64_t u = 0; u < m; ++u) {
    hessian[u * m + u] += 1 - problem_.l1_ratio;
    for (std::int64_t v = 0; v < u; ++v) hessian[v * m + u] = hessian[u * m + v];
  }
}

// One Newton step over a working set. Says whether it led downwards.
bool SparsePath::newton_step(double most, double tol) {
  ++iterations_;
  const std::vector<Unknown> unknowns = working_set();
  const auto m = static_cast<std::int64_t>(unknowns.size());
  columns_.require(unknowns);
  std::vector<double> hessian(m * m), crossed((biases_ + m) * biases_), slopes(m), start(m);
  fill_hessian(unknowns, hessian, crossed);
  for (std::int64_t u = 0; u < m; ++u) {
    slopes[u] = gradient_[unknowns[u].vector * d_ + unknowns[u].column];
    start[u] = weights_[unknowns[u].vector * d_ + unknowns[u].column];
  }
  // Schur complement of the biases: with B = L Lᵀ and the rows q = L⁻¹ (row of crossed), H loses q qᵀ.
  const std::int64_t nb = biases_;
  std::vector<double> own(crossed.begin(), crossed.begin() + nb * nb);
  double trace = 0;
  for (std::int64_t b = 0; b < nb; ++b) trace += own[b * nb + b];
  for (std::int64_t b = 0; b < nb; ++b) own[b * nb + b] += 1e-14 * trace + 1e-300;
  const Cholesky factor(own, nb);
  if (!factor.positive()) return false;
  std::vector<double> bias_slope(bias_gradient_.begin(), bias_gradient_.begin() + nb);
  factor.solve_lower(bias_slope);
  for (std::int64_t u = 0; u < m; ++u) {
    const auto row = std::span(crossed).subspan((nb + u) * nb, nb);
    factor.solve_lower(row);
    slopes[u] -= dot(row, bias_slope);
  }
  for (std::int64_t u = 0; u < m && nb > 0; ++u) {
    for (std::int64_t b = 0; b < nb; ++b) {
      const double q = crossed[(nb + u) * nb + b];
      for (std::int64_t v = 0; v < m; ++v) hessian[u * m + v] -= q * crossed[(nb + v) * nb + b];
    }
  }
  const double goal = std::max(0.3 * tol * reference(), 0.1 * most * std::min(1.0, most / problem_.l1_ratio));
  const std::vector<double> target = minimise(QuadraticL1{
      .hessian = hessian, .gradient = slopes, .start = start, .penalty = problem_.l1_ratio, .tol = goal});
  // The biases that go with it: −B⁻¹ (g + crossedᵀ step), of which L⁻¹ is already applied to both parts.
  std::vector<double> bias_step = bias_slope;
  for (std::int64_t u = 0; u < m; ++u)
    add_scaled(bias_step, target[u] - start[u], std::span(crossed).subspan((nb + u) * nb, nb));
  factor.solve_upper(bias_step);
  for (double& value : bias_step) value = -value;
  bias_step.resize(vectors_);
  return search(unknowns, target, bias_step);
}

// Shortens the step until the objective falls as it should; takes it.
bool SparsePath::search(const std::vector<Unknown>& unknowns, std::span<const double> target,
                        std::span<const double> bias_step) {
  const auto m = static_cast<std::int64_t>(unknowns.size());
  std::vector<double> step(m), margin_step(n_ * vectors_), trial_margins(n_ * vectors_), trial = weights_;
  double slope = 0, l1_change = 0;
  for (std::int64_t u = 0; u < m; ++u) {
    const std::int64_t c = unknowns[u].vector, at = c * d_ + unknowns[u].column;
    step[u] = target[u] - weights_[at];
    slope += gradient_[at] * step[u];
    l1_change += std::abs(target[u]) - std::abs(weights_[at]);
    if (step[u] == 0) continue;
    const std::span<const double> column = columns_[unknowns[u].column];
    for (std::int64_t i = 0; i < n_; ++i) margin_step[i * vectors_ + c] += step[u] * column[i];
  }
  for (std::int64_t c = 0; c < vectors_; ++c) {
    slope += bias_gradient_[c] * bias_step[c];
    for (std::int64_t i = 0; i < n_; ++i) margin_step[i * vectors_ + c] += bias_step[c];
  }
  slope += problem_.l1_ratio * l1_change;
  const double before = objective(), slack = 1e-14 * std::abs(before);
  for (double length = 1; length > 1e-10; length /= 2) {
    for (std::int64_t u = 0; u < m; ++u) {
      const std::int64_t at = unknowns[u].vector * d_ + unknowns[u].column;
      trial[at] = length == 1 ? target[u] : weights_[at] + length * step[u];
    }
    for (std::size_t i = 0; i < margins_.size(); ++i)
      trial_margins[i] = margins_[i] + length * margin_step[i];
    if (!(loss(trial_margins) + penalty(trial) <= before + 1e-3 * length * slope + slack)) continue;
    weights_.swap(trial);
    margins_.swap(trial_margins);
    for (std::int64_t c = 0; c < vectors_; ++c) bias_[c] += length * bias_step[c];
    return true;
  }
  return false;
}

}  // namespace

double largest_empty_c(const LogisticProblem& problem) {
  return problem.l1_ratio > 0 ? SparsePath(problem).c() : 0.0;
}

std::vector<LogisticSolution> solve_sparse_path(const LogisticProblem& problem,
                                                std::span<const double> grid) {
  std::vector<std::size_t> order(grid.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return grid[i]; });
  std::vector<LogisticSolution> solutions(grid.size());
  SparsePath path(problem);
  for (const std::size_t i : order) solutions[i] = path.solve(grid[i]);
  return solutions;
}

}  // namespace sonde::solvers
