#include "sonde/solvers/quadratic_l1.h"

#include <algorithm>
#include <cmath>

#include "sonde/solvers/cholesky.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

constexpr int kRounds = 200;     // after which what has been reached is returned
constexpr int kSweeps = 20;      // of coordinate descent in a round
constexpr int kDirectSteps = 3;  // on the non-zero entries in a round

double sign_of(double value) { return value > 0 ? 1.0 : value < 0 ? -1.0 : 0.0; }

class Solve {
 public:
  explicit Solve(const QuadraticL1& problem)
      : problem_(problem),
        m_(static_cast<std::int64_t>(problem.start.size())),
        u_(problem.start.begin(), problem.start.end()),
        slope_(problem.gradient.begin(), problem.gradient.end()) {
    for (std::int64_t j = 0; j < m_; ++j) most_curved_ = std::max(most_curved_, curvature(j));
  }

  std::vector<double> run() {
    if (!(most_curved_ > 0)) return u_;
    for (int round = 0; round < kRounds; ++round) {
      for (int sweep = 0; sweep < kSweeps; ++sweep) descend_along_coordinates();
      if (residual() <= problem_.tol) break;
      for (int step = 0; step < kDirectSteps && !solve_for_support(); ++step) {
      }
      if (residual() <= problem_.tol) break;
    }
    return std::move(u_);
  }

 private:
  double curvature(std::int64_t j) const { return problem_.hessian[j * m_ + j]; }
  std::span<const double> row(std::int64_t j) const { return problem_.hessian.subspan(j * m_, m_); }

  void descend_along_coordinates() {
    for (std::int64_t j = 0; j < m_; ++j) {
      const double h = std::max(curvature(j), 1e-14 * most_curved_);
      const double middle = u_[j] - slope_[j] / h, shrink = problem_.penalty / h;
      const double next = sign_of(middle) * std::max(std::abs(middle) - shrink, 0.0);
      if (next == u_[j]) continue;
      add_scaled(slope_, next - u_[j], row(j));
      u_[j] = next;
    }
  }

  // Largest distance of the gradient from what the penalty's subgradient can balance.
  double residual() const {
    double most = 0;
    for (std::int64_t j = 0; j < m_; ++j) {
      const double distance = u_[j] != 0 ? std::abs(slope_[j] + sign_of(u_[j]) * problem_.penalty)
                                         : std::max(std::abs(slope_[j]) - problem_.penalty, 0.0);
      most = std::max(most, distance);
    }
    return most;
  }

  // Steps towards the minimum over the non-zero entries; those that would change their sign stop at zero.
  // Where that does not lead downwards, the step ends at the first such entry, which always does. Says
  // whether no sign was in the way.
  bool solve_for_support() {
    std::vector<std::int64_t> support;
    for (std::int64_t j = 0; j < m_; ++j) {
      if (u_[j] != 0) support.push_back(j);
    }
    if (support.empty()) return true;
    const std::vector<double> step = direction(support);
    double first = 1;
    for (std::size_t s = 0; s < support.size(); ++s) {
      const double to_zero = -u_[support[s]] / step[s];
      if (to_zero > 0) first = std::min(first, to_zero);
    }
    if (first == 1) return move(support, step, 1, Descent::certain);
    for (double length = 1; length > first; length /= 2) {
      if (move(support, step, length, Descent::to_be_seen)) return false;
    }
    move(support, step, first, Descent::certain);
    return false;
  }

  enum class Descent { certain, to_be_seen };

  // Moves the support along a step, no entry past zero. Says whether it did.
  bool move(const std::vector<std::int64_t>& support, const std::vector<double>& step, double length,
            Descent descent) {
    std::vector<double> change(support.size()), turned = slope_;
    double l1 = 0;
    for (std::size_t s = 0; s < support.size(); ++s) {
      const double u = u_[support[s]], to_zero = -u / step[s];
      const bool stops = to_zero > 0 && to_zero <= length;
      change[s] = stops ? -u : length * step[s];
      l1 += std::abs(u + change[s]) - std::abs(u);
      add_scaled(turned, change[s], row(support[s]));
    }
    double difference = problem_.penalty * l1;
    for (std::size_t s = 0; s < support.size(); ++s)
      difference += 0.5 * change[s] * (slope_[support[s]] + turned[support[s]]);
    if (descent == Descent::to_be_seen && !(difference < 0)) return false;
    for (std::size_t s = 0; s < support.size(); ++s) u_[support[s]] += change[s];
    slope_.swap(turned);
    return true;
  }

  // The Newton step on the support. More non-zero entries than the matrix has rank leave it singular; a
  // ridge, as small as a factor allows, then picks one of the steps downwards.
  std::vector<double> direction(const std::vector<std::int64_t>& support) const {
    const auto s = static_cast<std::int64_t>(support.size());
    for (double ridge = 1e-13 * most_curved_;; ridge *= 100) {
      std::vector<double> matrix(s * s);
      for (std::int64_t a = 0; a < s; ++a) {
        for (std::int64_t b = 0; b <= a; ++b)
          matrix[a * s + b] = problem_.hessian[support[a] * m_ + support[b]];
        matrix[a * s + a] += ridge;
      }
      const Cholesky factor(matrix, s);
      if (!factor.positive() && std::isfinite(ridge)) continue;
      std::vector<double> step(s);
      for (std::int64_t a = 0; a < s; ++a)
        step[a] = -(slope_[support[a]] + sign_of(u_[support[a]]) * problem_.penalty);
      if (factor.positive()) factor.solve(step);
      return step;
    }
  }

  const QuadraticL1& problem_;
  std::int64_t m_;
  std::vector<double> u_;
  std::vector<double> slope_;  // gradient of the quadratic at u
  double most_curved_ = 0;
};

}  // namespace

std::vector<double> minimise(const QuadraticL1& problem) { return Solve(problem).run(); }

}  // namespace sonde::solvers
