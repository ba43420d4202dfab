#include "sonde/solvers/sgd.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/core/error.h"

namespace sonde::solvers {
namespace {

// The loops are compiled once per SIMD level. They add in a fixed order with contraction off, so that every
// level gives the same bits.

constexpr std::int64_t kLanes = 32;

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
double dot(const double* x, const double* w, std::int64_t d) {
  double lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= d; j += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += x[j + l] * w[j + l];
  }
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::int64_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  double sum = lanes[0];
  for (; j < d; ++j) sum += x[j] * w[j];
  return sum;
}

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void add_scaled(const double* x, double factor, double* w, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) w[j] += x[j] * factor;
}

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void multiply(double factor, double* w, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) w[j] *= factor;
}

// Pull every weight w · scale towards 0 by what is left of the total penalty `most`, never across it; `taken`
// keeps what has been taken.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void truncate(double* w, double* taken, double most, double scale, std::int64_t d) {
  const double inverse = 1 / scale;
  for (std::int64_t j = 0; j < d; ++j) {
    const double z = w[j], sign = z > 0 ? 1.0 : -1.0;
    const double shrunk = z - sign * ((most + sign * taken[j]) * inverse);
    const double kept = shrunk * sign > 0 ? shrunk : 0.0;
    taken[j] += scale * (kept - z);
    w[j] = kept;
  }
}

// d loss / d margin, for a label of 0 or 1: sigmoid(margin) − label without cancellation.
double slope(double label, double margin) {
  if (margin <= -37) return std::exp(margin) - label;
  const double e = std::exp(-margin);
  return ((1 - label) - label * e) / (1 + e);
}

double sigmoid(double margin) {
  if (margin >= 0) return 1 / (1 + std::exp(-margin));
  const double e = std::exp(margin);
  return e / (1 + e);
}

}  // namespace

SgdClassifier::SgdClassifier(std::int64_t width, int classes, const SgdOptions& options)
    : width_(width),
      options_(options),
      weights_(width * (classes == 2 ? 1 : classes)),
      intercepts_(classes == 2 ? 1 : classes),
      taken_(options.l1_ratio > 0 ? weights_.size() : 0) {
  // Bottou's rule: the first step has the size of a typical weight, alpha^(-1/4), over the largest slope, 1.
  const double typical = std::sqrt(1 / std::sqrt(options.alpha));
  first_t_ = 1 / (typical * options.alpha);
}

double SgdClassifier::step_size() const {
  switch (options_.schedule) {
    case StepSchedule::optimal:
      return 1 / (options_.alpha * (first_t_ + t_ - 1));
    case StepSchedule::constant:
      return options_.eta0;
    case StepSchedule::invscaling:
      return options_.eta0 / std::pow(t_, options_.power_t);
  }
  return 0;
}

void SgdClassifier::shrink(double eta) {
  constexpr double kSmallestScale = 1e-9;
  scale_ *= std::max(0.0, 1 - (1 - options_.l1_ratio) * eta * options_.alpha);
  if (scale_ >= kSmallestScale) return;
  multiply(scale_, weights_.data(), static_cast<std::int64_t>(weights_.size()));
  scale_ = 1;
}

void SgdClassifier::step(std::span<const double> row, std::int32_t label, std::span<double> margins) {
  SONDE_ASSERT(static_cast<std::int64_t>(row.size()) == width_ && margins.size() == intercepts_.size());
  for (std::int64_t v = 0; v < vectors(); ++v)
    margins[v] = dot(row.data(), weights_.data() + v * width_, width_) * scale_ + intercepts_[v];
  const double eta = step_size();
  shrink(eta);
  penalty_ += options_.l1_ratio * eta * options_.alpha;
  for (std::int64_t v = 0; v < vectors(); ++v) {
    double* w = weights_.data() + v * width_;
    const bool positive = label == (vectors() == 1 ? 1 : v);
    const double update = -eta * slope(positive ? 1.0 : 0.0, margins[v]);
    if (update != 0) add_scaled(row.data(), update / scale_, w, width_);
    intercepts_[v] += update;
    if (!taken_.empty()) truncate(w, taken_.data() + v * width_, penalty_, scale_, width_);
  }
  ++t_;
}

void SgdClassifier::end_batch() {
  multiply(scale_, weights_.data(), static_cast<std::int64_t>(weights_.size()));
  scale_ = 1;
  penalty_ = 0;
  std::ranges::fill(taken_, 0.0);
}

void SgdClassifier::partial_fit(std::span<const double> rows, std::span<const std::int32_t> labels,
                                std::span<double> margins) {
  SONDE_ASSERT(rows.size() == labels.size() * static_cast<std::size_t>(width_));
  const std::size_t k = intercepts_.size();
  for (std::size_t i = 0; i < labels.size(); ++i)
    step(rows.subspan(i * width_, width_), labels[i], margins.subspan(i * k, k));
  end_batch();
}

void SgdClassifier::margins(std::span<const double> row, std::span<double> margins) const {
  for (std::int64_t vector = 0; vector < vectors(); ++vector)
    margins[vector] = dot(row.data(), weights_.data() + vector * width_, width_) + intercepts_[vector];
}

void one_vs_rest_probabilities(std::span<const double> margins, std::span<double> out) {
  if (margins.size() == 1) {
    out[1] = sigmoid(margins[0]);
    out[0] = sigmoid(-margins[0]);
    return;
  }
  double sum = 0;
  for (std::size_t c = 0; c < margins.size(); ++c) sum += out[c] = sigmoid(margins[c]);
  for (std::size_t c = 0; c < margins.size(); ++c)
    out[c] = sum == 0 ? 1 / static_cast<double>(margins.size()) : out[c] / sum;
}

double clipped_log_loss(std::span<const double> probabilities, std::int32_t label) {
  constexpr double kEps = std::numeric_limits<double>::epsilon();
  return -std::log(std::clamp(probabilities[label], kEps, 1 - kEps));
}

}  // namespace sonde::solvers
