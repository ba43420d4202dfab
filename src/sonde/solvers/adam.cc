#include "sonde/solvers/adam.h"

#include <cmath>

#include "sonde/core/error.h"

namespace sonde::solvers {
namespace {

// Compiled once per SIMD level. Each element is a fixed chain of correctly rounded operations with
// contraction off, so that every level gives the same bits.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void update_range(float* __restrict parameters, const float* __restrict gradients, float* __restrict first,
                  float* __restrict second, std::int64_t size, const AdamFactors& factors) {
  const AdamFactors f = factors;
  for (std::int64_t i = 0; i < size; ++i) {
    const float parameter = parameters[i];
    const float sign = parameter > 0 ? f.l1 : parameter < 0 ? -f.l1 : 0.0f;
    const float gradient = (gradients[i] + f.penalty * parameter) + sign;
    first[i] += f.new1 * (gradient - first[i]);
    second[i] = f.old2 * second[i] + f.new2 * (gradient * gradient);
    const float denominator = std::sqrt(second[i]) / f.root + f.eps;
    parameters[i] = f.keep * parameter + f.step * (first[i] / denominator);
  }
}

}  // namespace

Adam::Adam(std::int64_t size, const AdamOptions& options) : options_(options), first_(size), second_(size) {}

void Adam::step(std::span<float> parameters, std::span<const float> gradients) {
  SONDE_ASSERT(parameters.size() == first_.size());
  begin_step();
  update(0, parameters, gradients);
}

void Adam::begin_step() {
  const auto t = static_cast<double>(++steps_);
  const AdamOptions& o = options_;
  factors_ = {
      .keep = static_cast<float>(o.decoupled ? 1 - o.lr * o.weight_decay : 1),
      .penalty = static_cast<float>(o.decoupled ? 0 : o.weight_decay),
      .l1 = static_cast<float>(o.l1),
      .new1 = static_cast<float>(1 - o.beta1),
      .old2 = static_cast<float>(o.beta2),
      .new2 = static_cast<float>(1 - o.beta2),
      .root = static_cast<float>(std::sqrt(1 - std::pow(o.beta2, t))),
      .eps = static_cast<float>(o.eps),
      .step = static_cast<float>(-o.lr / (1 - std::pow(o.beta1, t))),
  };
}

void Adam::update(std::int64_t first, std::span<float> parameters, std::span<const float> gradients) {
  SONDE_ASSERT(parameters.size() == gradients.size() && first >= 0 &&
               first + parameters.size() <= first_.size());
  update_range(parameters.data(), gradients.data(), first_.data() + first, second_.data() + first,
               static_cast<std::int64_t>(parameters.size()), factors_);
}

}  // namespace sonde::solvers
