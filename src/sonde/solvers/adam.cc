#include "sonde/solvers/adam.h"

#include <cmath>

#include "sonde/core/error.h"

namespace sonde::solvers {
Adam::Adam(std::int64_t size, const AdamOptions& options)
    : options_(options),
      first_(kernels::aligned_zeros<float>(size)),
      second_(kernels::aligned_zeros<float>(size)) {}

void Adam::step(std::span<float> parameters, std::span<const float> gradients) {
  SONDE_ASSERT(static_cast<std::int64_t>(parameters.size()) == first_.size());
  begin_step();
  update(0, parameters, gradients);
}

void Adam::begin_step() {
  const auto t = static_cast<double>(++steps_);
  const AdamOptions& o = options_;
  const double root =
      std::sqrt(1 - std::pow(o.beta2, t));  // on both sides of the fraction: one division less
  factors_ = {
      .keep = static_cast<float>(o.decoupled ? 1 - o.lr * o.weight_decay : 1),
      .penalty = static_cast<float>(o.decoupled ? 0 : o.weight_decay),
      .l1 = static_cast<float>(o.l1),
      .new1 = static_cast<float>(1 - o.beta1),
      .old2 = static_cast<float>(o.beta2),
      .new2 = static_cast<float>(1 - o.beta2),
      .eps = static_cast<float>(o.eps * root),
      .step = static_cast<float>(-o.lr * root / (1 - std::pow(o.beta1, t))),
  };
}

kernels::AdamState Adam::state(std::int64_t first, std::span<float> parameters) {
  const auto size = static_cast<std::int64_t>(parameters.size());
  SONDE_ASSERT(first >= 0 && first + size <= first_.size());
  return {
      parameters, {first_.data() + first, parameters.size()}, {second_.data() + first, parameters.size()}};
}

void Adam::update(std::int64_t first, std::span<float> parameters, std::span<const float> gradients) {
  kernels::adam_update(factors_, gradients, state(first, parameters));
}

void Adam::update(std::int64_t first, std::span<float> parameters, MatrixView a, MatrixView x) {
  kernels::adam_update(factors_, a, x, state(first, parameters));
}

}  // namespace sonde::solvers
