#include "sonde/solvers/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

namespace sonde::solvers {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// A point on the search line: step, value, slope along the direction.
struct Trial {
  double step = 0;
  double value = 0;
  double slope = 0;
};

// The last curvature pairs s = x' − x, y = g' − g, newest at the back.
class History {
 public:
  explicit History(std::int64_t memory) : memory_(static_cast<std::size_t>(memory)) {}

  void clear() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  void add(std::vector<double> s, std::vector<double> y) {
    const double curvature = dot(s, y);
    if (!(curvature > 1e-300)) return;
    if (pairs_.size() == memory_) pairs_.pop_front();
    pairs_.push_back({std::move(s), std::move(y), 1 / curvature});
  }

  // direction = −H g by the two-loop recursion, with the objective's preconditioner as H₀. The scale of H₀ is
  // the usual sᵀy / yᵀP⁻¹y.
  void descend(Objective& objective, std::span<const double> gradient, std::vector<double>& direction) const {
    direction.assign(gradient.begin(), gradient.end());
    std::vector<double> alpha(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].rho * dot(pairs_[i].s, direction);
      add(direction, -alpha[i], pairs_[i].y);
    }
    objective.precondition(direction);
    const double scale = initial_scale(objective);
    for (double& value : direction) value *= scale;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].rho * dot(pairs_[i].y, direction);
      add(direction, alpha[i] - beta, pairs_[i].s);
    }
    for (double& value : direction) value = -value;
  }

 private:
  struct Pair {
    std::vector<double> s, y;
    double rho;
  };

  static void add(std::span<double> target, double factor, std::span<const double> values) {
    for (std::size_t i = 0; i < target.size(); ++i) target[i] += factor * values[i];
  }

  double initial_scale(Objective& objective) const {
    if (pairs_.empty()) return 1;
    const Pair& last = pairs_.back();
    std::vector<double> image = last.y;
    objective.precondition(image);
    return 1 / (last.rho * dot(last.y, image));
  }

  std::size_t memory_;
  std::deque<Pair> pairs_;
};

// Walks along one direction until the strong Wolfe conditions hold.
class LineSearch {
 public:
  LineSearch(Objective& objective, std::span<const double> x, std::span<const double> direction)
      : objective_(objective), x_(x), direction_(direction), point_(x.size()), gradient_(x.size()) {}

  // Returns whether a usable step was found; the point and its gradient are then in point() and gradient().
  bool run(const Trial& start) {
    // Near the optimum a decrease drowns in the rounding of the value; the slope condition alone decides
    // there.
    slack_ = 4e-15 * std::abs(start.value);
    start_ = start;
    Trial previous = start;
    double step = 1;
    for (int i = 0; i < kTrials; ++i) {
      const Trial trial = at(step);
      if (!falls_enough(trial) || (i > 0 && trial.value > previous.value + slack_))
        return zoom(previous, trial);
      if (flat_enough(trial)) return true;
      if (trial.slope >= 0) return zoom(trial, previous);
      previous = trial;
      step *= 2.5;
    }
    return true;
  }

  std::vector<double>& point() { return point_; }
  std::vector<double>& gradient() { return gradient_; }
  double value() const { return value_; }
  std::int64_t evaluations() const { return evaluations_; }

 private:
  static constexpr int kTrials = 30;
  static constexpr double kDecrease = 1e-4;
  static constexpr double kFlat = 0.9;

  Trial at(double step) {
    for (std::size_t i = 0; i < point_.size(); ++i) point_[i] = x_[i] + step * direction_[i];
    value_ = objective_.evaluate(point_, gradient_);
    ++evaluations_;
    return {step, value_, dot(gradient_, direction_)};
  }

  bool falls_enough(const Trial& trial) const {
    return trial.value <= start_.value + kDecrease * trial.step * start_.slope + slack_;
  }
  bool flat_enough(const Trial& trial) const {
    return std::abs(trial.slope) <= kFlat * std::abs(start_.slope);
  }

  // The minimiser of the cubic through two trials, kept away from the ends.
  static double interpolate(const Trial& a, const Trial& b) {
    const double width = b.step - a.step;
    const double d1 = a.slope + b.slope - 3 * (b.value - a.value) / width;
    const double d2 = std::copysign(std::sqrt(std::max(0.0, d1 * d1 - a.slope * b.slope)), width);
    double step = b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
    const double low = std::min(a.step, b.step), high = std::max(a.step, b.step);
    if (!(step > low + 0.1 * (high - low) && step < high - 0.1 * (high - low))) step = 0.5 * (low + high);
    return step;
  }

  bool zoom(Trial low, Trial high) {
    for (int i = 0; i < kTrials; ++i) {
      const Trial trial = at(interpolate(low, high));
      if (!falls_enough(trial) || trial.value > low.value + slack_) {
        high = trial;
      } else {
        if (flat_enough(trial)) return true;
        if (trial.slope * (high.step - low.step) >= 0) high = low;
        low = trial;
      }
    }
    if (low.step == 0) return false;
    at(low.step);
    return true;
  }

  Objective& objective_;
  std::span<const double> x_, direction_;
  std::vector<double> point_, gradient_;
  Trial start_;
  double value_ = 0, slack_ = 0;
  std::int64_t evaluations_ = 0;
};

std::vector<double> difference(std::span<const double> after, std::span<const double> before) {
  std::vector<double> result(after.size());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = after[i] - before[i];
  return result;
}

}  // namespace

LbfgsResult minimise(Objective& objective, std::vector<double> start, const LbfgsOptions& options) {
  LbfgsResult result{.x = std::move(start)};
  std::vector<double> gradient(result.x.size()), direction;
  result.value = objective.evaluate(result.x, gradient);
  result.evaluations = 1;
  const double reference = largest(gradient);
  History history(options.memory);
  while (true) {
    result.relative_gradient = reference > 0 ? largest(gradient) / reference : 0;
    if (result.relative_gradient <= options.tol) result.stop = Stop::converged;
    if (result.converged() || result.iterations == options.max_iter) return result;
    history.descend(objective, gradient, direction);
    double slope = dot(direction, gradient);
    LineSearch search(objective, result.x, direction);
    const bool found = slope < 0 && search.run({0, result.value, slope});
    result.evaluations += search.evaluations();
    if (!found && history.empty()) {
      result.stop = Stop::no_descent;
      return result;
    }
    if (!found) {  // the remembered curvature misleads: start again from the preconditioner
      history.clear();
      continue;
    }
    history.add(difference(search.point(), result.x), difference(search.gradient(), gradient));
    result.x.swap(search.point());
    gradient.swap(search.gradient());
    result.value = search.value();
    ++result.iterations;
  }
}

}  // namespace sonde::solvers
