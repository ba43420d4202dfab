// Limited-memory BFGS with a strong-Wolfe line search, in double precision. Smooth unconstrained problems
// only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "sonde/solvers/objective.h"

namespace sonde::solvers {

/// When and how the minimiser stops.
struct LbfgsOptions {
  double tol = 1e-8;             ///< stop when max|gradient| ≤ tol · max|gradient at the start|
  std::int64_t max_iter = 1000;  ///< steps taken at most
  std::int64_t memory = 12;      ///< curvature pairs kept; larger: fewer steps, each dearer
};

/// Why a solve ended.
enum class Stop { converged, max_iter, no_descent };

/// Where the minimiser ended and how good that is.
struct LbfgsResult {
  std::vector<double> x;
  double value = 0;
  double relative_gradient = 0;  ///< max|gradient| / max|gradient at the start|
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;
  Stop stop = Stop::max_iter;

  bool converged() const { return stop == Stop::converged; }
};

/// Apply a positive definite approximation of the inverse Hessian in place.
using Precondition = std::function<void(std::span<double>)>;

/// A minimisation that asks for one evaluation at a time, so that many can be evaluated together.
class Lbfgs {
 public:
  Lbfgs(std::vector<double> start, const LbfgsOptions& options);

  /// Say whether it has ended.
  bool done() const { return done_; }
  /// Give the point to evaluate next.
  std::span<const double> point() const { return point_; }
  /// Take value and gradient at point(), and choose the next point or end.
  void tell(double value, std::span<const double> gradient, const Precondition& precondition);
  /// Give where it stands.
  const LbfgsResult& result() const { return result_; }

 private:
  // A point on the search line: step, value, slope along the direction.
  struct Trial {
    double step = 0;
    double value = 0;
    double slope = 0;
  };
  // A curvature pair s = x' − x, y = g' − g.
  struct Pair {
    std::vector<double> s, y;
    double rho;
  };
  enum class Phase { start, bracket, zoom, settle };

  void begin_step(const Precondition& precondition);
  void descend(const Precondition& precondition);
  void bracket(const Trial& trial, const Precondition& precondition);
  void begin_zoom(const Trial& low, const Trial& high, const Precondition& precondition);
  void zoom(Trial trial, const Precondition& precondition);
  void next_zoom(const Precondition& precondition);
  void try_step(double step);
  void accept(const Precondition& precondition);
  void give_up(const Precondition& precondition);
  bool falls_enough(const Trial& trial) const;
  bool flat_enough(const Trial& trial) const;

  LbfgsOptions options_;
  LbfgsResult result_;
  std::deque<Pair> pairs_;  // newest at the back
  std::vector<double> point_, gradient_, trial_gradient_, direction_;
  double reference_ = 0;  // max|gradient at the start|
  Trial start_, previous_, low_, high_;
  double tried_ = 0, trial_value_ = 0, slack_ = 0;
  int trials_ = 0;
  Phase phase_ = Phase::start;
  bool done_ = false;
};

/// Minimise `objective` from `start`.
/// Source: Nocedal and Wright 2006, algorithms 7.4 (two loops), 3.5 and 3.6 (line search, interpolation
/// eq. 3.59). Cost: per step one evaluation (rarely more), one precondition, 4 · memory · size flops.
LbfgsResult minimise(Objective& objective, std::vector<double> start, const LbfgsOptions& options);

}  // namespace sonde::solvers
