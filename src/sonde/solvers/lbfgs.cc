#include "sonde/solvers/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

constexpr int kTrials = 25;  // of a line search
constexpr double kDecrease = 1e-4;
constexpr double kFlat = 0.9;
// The part of a bracket next to its ends that is tried at most once in a row.
constexpr double kMargin = 0.1;

double sum_of_sizes(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return sum;
}

}  // namespace

Lbfgs::Lbfgs(std::vector<double> start, const LbfgsOptions& options)
    : options_(options), point_(std::move(start)) {}

void Lbfgs::tell(double value, std::span<const double> gradient, const Precondition& precondition) {
  Trial trial{.step = tried_, .value = value, .gradient = {gradient.begin(), gradient.end()}};
  if (phase_ == Phase::start) {
    result_.x = point_;
    result_.value = value;
    reference_ = largest(gradient);
    start_ = std::move(trial);
    return begin_step(precondition);
  }
  ++result_.evaluations;
  trial.slope = dot(trial.gradient, direction_);
  if (phase_ == Phase::bracket) {
    bracket(std::move(trial), precondition);
  } else {
    zoom(std::move(trial), precondition);
  }
}

void Lbfgs::begin_step(const Precondition& precondition) {
  result_.relative_gradient = reference_ > 0 ? largest(start_.gradient) / reference_ : 0;
  if (result_.relative_gradient <= options_.tol) result_.stop = Stop::converged;
  done_ = result_.converged() || result_.iterations == options_.max_iter;
  if (done_) return;
  descend(precondition);
  start_.slope = dot(direction_, start_.gradient);
  if (!(start_.slope < 0)) return give_up(precondition);
  // Near the optimum a decrease drowns in the rounding of the value; the slope condition alone decides there.
  slack_ = 4e-15 * std::abs(start_.value);
  previous_ = start_;
  trials_ = 0;
  phase_ = Phase::bracket;
  // Nothing tells the scale of a bare gradient: then the first step has length 1 at most, in the sum of
  // sizes.
  const bool scaled = precondition || !pairs_.empty();
  try_step(scaled ? 1.0 : std::min(1.0, 1 / sum_of_sizes(start_.gradient)));
}

// direction = −H g by the two-loop recursion, with the preconditioner as H₀. The scale of H₀ is the usual
// sᵀy / yᵀP⁻¹y.
void Lbfgs::descend(const Precondition& precondition) {
  direction_ = start_.gradient;
  std::vector<double> alpha(pairs_.size());
  for (std::size_t i = pairs_.size(); i-- > 0;) {
    alpha[i] = pairs_[i].rho * dot(pairs_[i].s, direction_);
    add_scaled(direction_, -alpha[i], pairs_[i].y);
  }
  if (precondition) precondition(direction_);
  double scale = -1;
  if (!pairs_.empty()) {
    const Pair& last = pairs_.back();
    std::vector<double> image = last.y;
    if (precondition) precondition(image);
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

// The minimiser of the cubic through values and slopes at both ends, kept between `least` and `most`; the
// middle of these where there is none.
double Lbfgs::cubic_minimiser(const Trial& left, const Trial& right, double least, double most) {
  const double width = right.step - left.step;
  const double d1 = left.slope + right.slope - 3 * (right.value - left.value) / width;
  const double d2 = std::sqrt(d1 * d1 - left.slope * right.slope);
  const double step = right.step - width * (right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2);
  return std::isfinite(step) ? std::clamp(step, least, most) : (least + most) / 2;
}

// Goes along the line until a trial is good, or lies beyond a good one.
void Lbfgs::bracket(Trial trial, const Precondition& precondition) {
  // The first trial that only extends the bracket may rise above the one before, as torch's may.
  if (!falls_enough(trial) || (trials_ > 1 && trial.value > previous_.value + slack_))
    return begin_zoom(std::move(trial), precondition);
  if (flat_enough(trial) || trials_ == kTrials) return accept(std::move(trial), precondition);
  if (trial.slope >= 0) return begin_zoom(std::move(trial), precondition);
  const double least = trial.step + 0.01 * (trial.step - previous_.step);
  const double next = cubic_minimiser(previous_, trial, least, 10 * trial.step);
  previous_ = std::move(trial);
  ++trials_;
  try_step(next);
}

void Lbfgs::begin_zoom(Trial trial, const Precondition& precondition) {
  low_ = std::move(previous_);
  high_ = std::move(trial);
  if (high_.value < low_.value) std::swap(low_, high_);
  near_an_end_ = false;
  phase_ = Phase::zoom;
  next_zoom(precondition);
}

// Tries the minimiser of the cubic through both ends, but not twice in a row close to one of them.
void Lbfgs::next_zoom(const Precondition& precondition) {
  if (trials_++ >= kTrials) {
    if (low_.step == 0) return give_up(precondition);
    return accept(std::move(low_), precondition);
  }
  const bool rising = low_.step < high_.step;
  const Trial &left = rising ? low_ : high_, &right = rising ? high_ : low_;
  double step = cubic_minimiser(left, right, left.step, right.step);
  const double margin = kMargin * (right.step - left.step);
  const double nearest = std::min(right.step - step, step - left.step);
  const bool close = nearest < margin;
  const bool moved = close && (near_an_end_ || nearest <= 0);
  if (moved) step = right.step - step < step - left.step ? right.step - margin : left.step + margin;
  near_an_end_ = close && !moved;
  try_step(step);
}

void Lbfgs::zoom(Trial trial, const Precondition& precondition) {
  if (!falls_enough(trial) || trial.value > low_.value + slack_) {
    high_ = std::move(trial);
    if (high_.value < low_.value) std::swap(low_, high_);
  } else {
    if (flat_enough(trial)) return accept(std::move(trial), precondition);
    if (trial.slope * (high_.step - low_.step) >= 0) high_ = std::move(low_);
    low_ = std::move(trial);
  }
  next_zoom(precondition);
}

void Lbfgs::accept(Trial trial, const Precondition& precondition) {
  try_step(trial.step);
  result_.x = point_;
  Pair pair{std::move(direction_), trial.gradient, 0};
  for (double& value : pair.s) value *= trial.step;
  add_scaled(pair.y, -1, start_.gradient);
  const double curvature = dot(pair.s, pair.y);
  if (curvature > 1e-300) {
    pair.rho = 1 / curvature;
    if (static_cast<std::int64_t>(pairs_.size()) == options_.memory) pairs_.pop_front();
    pairs_.push_back(std::move(pair));
  }
  result_.value = trial.value;
  ++result_.iterations;
  start_ = std::move(trial);
  start_.step = 0;
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

}  // namespace sonde::solvers
