#include "sonde/solvers/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

constexpr int kTrials = 30;
constexpr double kDecrease = 1e-4;
constexpr double kFlat = 0.9;

std::vector<double> difference(std::span<const double> after, std::span<const double> before) {
  std::vector<double> result(after.size());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = after[i] - before[i];
  return result;
}

}  // namespace

Lbfgs::Lbfgs(std::vector<double> start, const LbfgsOptions& options)
    : options_(options), point_(std::move(start)) {}

void Lbfgs::tell(double value, std::span<const double> gradient, const Precondition& precondition) {
  trial_value_ = value;
  trial_gradient_.assign(gradient.begin(), gradient.end());
  if (phase_ == Phase::start) {
    result_.x = point_;
    result_.value = value;
    gradient_ = trial_gradient_;
    reference_ = largest(gradient_);
    begin_step(precondition);
    return;
  }
  ++result_.evaluations;
  const Trial trial{tried_, value, dot(trial_gradient_, direction_)};
  if (phase_ == Phase::bracket) {
    bracket(trial, precondition);
  } else if (phase_ == Phase::zoom) {
    zoom(trial, precondition);
  } else {
    accept(precondition);
  }
}

void Lbfgs::begin_step(const Precondition& precondition) {
  result_.relative_gradient = reference_ > 0 ? largest(gradient_) / reference_ : 0;
  if (result_.relative_gradient <= options_.tol) result_.stop = Stop::converged;
  done_ = result_.converged() || result_.iterations == options_.max_iter;
  if (done_) return;
  descend(precondition);
  start_ = {0, result_.value, dot(direction_, gradient_)};
  if (!(start_.slope < 0)) return give_up(precondition);
  // Near the optimum a decrease drowns in the rounding of the value; the slope condition alone decides there.
  slack_ = 4e-15 * std::abs(start_.value);
  previous_ = start_;
  trials_ = 0;
  phase_ = Phase::bracket;
  try_step(1);
}

// direction = −H g by the two-loop recursion, with the preconditioner as H₀. The scale of H₀ is the usual
// sᵀy / yᵀP⁻¹y.
void Lbfgs::descend(const Precondition& precondition) {
  direction_ = gradient_;
  std::vector<double> alpha(pairs_.size());
  for (std::size_t i = pairs_.size(); i-- > 0;) {
    alpha[i] = pairs_[i].rho * dot(pairs_[i].s, direction_);
    add_scaled(direction_, -alpha[i], pairs_[i].y);
  }
  precondition(direction_);
  double scale = -1;
  if (!pairs_.empty()) {
    const Pair& last = pairs_.back();
    std::vector<double> image = last.y;
    precondition(image);
    scale = -1 / (last.rho * dot(last.y, image));
  }
  for (double& value : direction_) value *= scale;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const double beta = -pairs_[i].rho * dot(pairs_[i].y, direction_);
    add_scaled(direction_, beta - alpha[i], pairs_[i].s);
  }
}

void Lbfgs::try_step(double step) {
  tried_ = step;
  point_ = result_.x;
  add_scaled(point_, step, direction_);
}

bool Lbfgs::falls_enough(const Trial& trial) const {
  return trial.value <= start_.value + kDecrease * trial.step * start_.slope + slack_;
}
bool Lbfgs::flat_enough(const Trial& trial) const {
  return std::abs(trial.slope) <= kFlat * std::abs(start_.slope);
}

void Lbfgs::bracket(const Trial& trial, const Precondition& precondition) {
  if (!falls_enough(trial) || (trials_ > 0 && trial.value > previous_.value + slack_))
    return begin_zoom(previous_, trial, precondition);
  if (flat_enough(trial)) return accept(precondition);
  if (trial.slope >= 0) return begin_zoom(trial, previous_, precondition);
  previous_ = trial;
  if (++trials_ == kTrials) return accept(precondition);
  try_step(trial.step * 2.5);
}

void Lbfgs::begin_zoom(const Trial& low, const Trial& high, const Precondition& precondition) {
  low_ = low;
  high_ = high;
  trials_ = 0;
  phase_ = Phase::zoom;
  next_zoom(precondition);
}

// Tries the minimiser of the cubic through both ends, kept away from them.
void Lbfgs::next_zoom(const Precondition& precondition) {
  if (trials_++ == kTrials) {
    if (low_.step == 0) return give_up(precondition);
    phase_ = Phase::settle;
    return try_step(low_.step);
  }
  const double width = high_.step - low_.step;
  const double d1 = low_.slope + high_.slope - 3 * (high_.value - low_.value) / width;
  const double d2 = std::copysign(std::sqrt(std::max(0.0, d1 * d1 - low_.slope * high_.slope)), width);
  double step = high_.step - width * (high_.slope + d2 - d1) / (high_.slope - low_.slope + 2 * d2);
  const double left = std::min(low_.step, high_.step), right = std::max(low_.step, high_.step);
  const double margin = 0.1 * (right - left);
  if (!(step > left + margin && step < right - margin)) step = 0.5 * (left + right);
  try_step(step);
}

void Lbfgs::zoom(Trial trial, const Precondition& precondition) {
  if (!falls_enough(trial) || trial.value > low_.value + slack_) {
    high_ = trial;
  } else {
    if (flat_enough(trial)) return accept(precondition);
    if (trial.slope * (high_.step - low_.step) >= 0) high_ = low_;
    low_ = trial;
  }
  next_zoom(precondition);
}

// Takes the point that was evaluated last.
void Lbfgs::accept(const Precondition& precondition) {
  Pair pair{difference(point_, result_.x), difference(trial_gradient_, gradient_), 0};
  const double curvature = dot(pair.s, pair.y);
  if (curvature > 1e-300) {
    pair.rho = 1 / curvature;
    if (static_cast<std::int64_t>(pairs_.size()) == options_.memory) pairs_.pop_front();
    pairs_.push_back(std::move(pair));
  }
  result_.x = point_;
  gradient_.swap(trial_gradient_);
  result_.value = trial_value_;
  ++result_.iterations;
  begin_step(precondition);
}

// No step along the direction: what was remembered of the curvature misleads, so start again without it.
void Lbfgs::give_up(const Precondition& precondition) {
  if (pairs_.empty()) {
    result_.stop = Stop::no_descent;
    done_ = true;
    return;
  }
  pairs_.clear();
  begin_step(precondition);
}

LbfgsResult minimise(Objective& objective, std::vector<double> start, const LbfgsOptions& options) {
  Lbfgs state(std::move(start), options);
  std::vector<double> gradient(state.point().size());
  const Precondition precondition = [&](std::span<double> direction) { objective.precondition(direction); };
  while (!state.done()) {
    const double value = objective.evaluate(state.point(), gradient);
    state.tell(value, gradient, precondition);
  }
  return state.result();
}

}  // namespace sonde::solvers
