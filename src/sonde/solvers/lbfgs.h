// Limited-memory BFGS with a strong-Wolfe line search, in double precision, along the path of torch. Smooth
// unconstrained problems only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

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

/// A minimisation that asks for one evaluation at a time, so that many can be evaluated together. Without a
/// preconditioner its points are those of torch.optim.LBFGS with lr = 1 and line_search_fn = "strong_wolfe",
/// until torch stops at a tolerance of its own or drops a pair whose curvature sᵀy is 1e-10 or less.
/// Source: Nocedal and Wright 2006, algorithms 7.4 (two loops), 3.5 and 3.6 (line search, interpolation
/// eq. 3.59); torch 2.15's torch/optim/lbfgs.py for what these leave open: the first step, how far a bracket
/// grows and how a trial is kept from its ends. Cost: per step one evaluation (rarely more), two
/// preconditions, 4 · memory · size flops.
class Lbfgs {
 public:
  Lbfgs(std::vector<double> start, const LbfgsOptions& options);

  /// Say whether it has ended.
  bool done() const { return done_; }
  /// Give the point to evaluate next.
  std::span<const double> point() const { return point_; }
  /// Take value and gradient at point(), and choose the next point or end.
  void tell(double value, std::span<const double> gradient, const Precondition& precondition = nullptr);
  /// Give where it stands.
  const LbfgsResult& result() const { return result_; }

 private:
  // A point on the search line: step, value, slope along the direction, gradient.
  struct Trial {
    double step = 0;
    double value = 0;
    double slope = 0;
    std::vector<double> gradient;
  };
  // A curvature pair s = x' − x, y = g' − g.
  struct Pair {
    std::vector<double> s, y;
    double rho;
  };
  enum class Phase { start, bracket, zoom };

  static double cubic_minimiser(const Trial& left, const Trial& right, double least, double most);
  void begin_step(const Precondition& precondition);
  void descend(const Precondition& precondition);
  void bracket(Trial trial, const Precondition& precondition);
  void begin_zoom(Trial trial, const Precondition& precondition);
  void zoom(Trial trial, const Precondition& precondition);
  void next_zoom(const Precondition& precondition);
  void try_step(double step);
  void accept(Trial trial, const Precondition& precondition);
  void give_up(const Precondition& precondition);
  bool falls_enough(const Trial& trial) const;
  bool flat_enough(const Trial& trial) const;

  LbfgsOptions options_;
  LbfgsResult result_;
  std::deque<Pair> pairs_;  // newest at the back
  std::vector<double> point_, direction_;
  double reference_ = 0;      // max|gradient at the start|
  Trial start_;               // where this step begins
  Trial previous_;            // the trial before, while the bracket grows
  Trial low_, high_;          // the ends of the bracket, the lower value first
  double tried_ = 0;          // the step to point_
  double slack_ = 0;          // the rounding of a value
  bool near_an_end_ = false;  // whether the last trial in the bracket was
  int trials_ = 0;
  Phase phase_ = Phase::start;
  bool done_ = false;
};

}  // namespace sonde::solvers
