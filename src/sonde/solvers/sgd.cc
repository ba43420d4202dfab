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
  double sum = 0;
  for (const double lane : lanes) sum += lane;
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
  for (std::int64_t j = 0; j < d; ++j) {
    const double z = w[j];
    const double down = std::max(0.0, z - (most + taken[j]) / scale);
    const double up = std::min(0.0, z + (most - taken[j]) / scale);
    const double kept = z > 0 ? down : z < 0 ? up : z;
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
      penalties_(options.l1_ratio > 0 ? width : 0) {
  // Bottou's rule: the first step has the size of a typical weight, alpha^(-1/4), over the largest slope, 1.
  const double typical = std::sqrt(1 / std::sqrt(options.alpha));
  first_t_ = 1 / (typical * options.alpha);
}

double SgdClassifier::step_size(double t) const {
  switch (options_.schedule) {
    case StepSchedule::optimal:
      return 1 / (options_.alpha * (first_t_ + t - 1));
    case StepSchedule::constant:
      return options_.eta0;
    case StepSchedule::invscaling:
      return options_.eta0 / std::pow(t, options_.power_t);
  }
  return 0;
}

void SgdClassifier::partial_fit(std::span<const double> rows, std::span<const std::int32_t> labels,
                                std::span<double> margins) {
  SONDE_ASSERT(rows.size() == labels.size() * static_cast<std::size_t>(width_));
  SONDE_ASSERT(margins.size() == labels.size() * intercepts_.size());
  for (std::int64_t vector = 0; vector < vectors(); ++vector) fit_vector(vector, rows, labels, margins);
  t_ += static_cast<double>(labels.size());
}

// The weights are `scale` times what is in memory, so that the L2 penalty of a step is one product.
void SgdClassifier::fit_vector(std::int64_t vector, std::span<const double> rows,
                               std::span<const std::int32_t> labels, std::span<double> margins) {
  constexpr double kSmallestScale = 1e-9;
  double* w = weights_.data() + vector * width_;
  double& intercept = intercepts_[vector];
  const std::int32_t positive = vectors() == 1 ? 1 : static_cast<std::int32_t>(vector);
  double scale = 1, penalty = 0;
  std::ranges::fill(penalties_, 0.0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double* x = rows.data() + static_cast<std::int64_t>(i) * width_;
    const double margin = dot(x, w, width_) * scale + intercept;
    margins[i * intercepts_.size() + vector] = margin;
    const double eta = step_size(t_ + static_cast<double>(i));
    const double update = -eta * slope(labels[i] == positive ? 1.0 : 0.0, margin);
    scale *= std::max(0.0, 1 - (1 - options_.l1_ratio) * eta * options_.alpha);
    if (scale < kSmallestScale) {
      multiply(scale, w, width_);
      scale = 1;
    }
    if (update != 0) add_scaled(x, update / scale, w, width_);
    intercept += update;
    if (penalties_.empty()) continue;
    penalty += options_.l1_ratio * eta * options_.alpha;
    truncate(w, penalties_.data(), penalty, scale, width_);
  }
  multiply(scale, w, width_);
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
