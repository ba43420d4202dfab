// Adam and AdamW: the state of one flat vector of parameters and the update of a step, in single precision.
// Gradients, schedules and stopping are the caller's; AMSGrad is refused by not being here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::solvers {

/// The settings of Adam; defaults are torch's of Adam (torch's AdamW decays by 0.01, decoupled).
struct AdamOptions {
  double lr = 1e-3;      ///< larger: longer steps
  double beta1 = 0.9;    ///< memory of the mean of gradients; larger: smoother
  double beta2 = 0.999;  ///< memory of the mean of their squares; larger: smoother
  double eps = 1e-8;     ///< added to the root of the second moment; larger: shorter steps where it is small
  double weight_decay = 0;  ///< larger: pulls harder towards 0
  bool decoupled = false;   ///< AdamW: shrink by lr · weight_decay instead of adding it to the gradient
};

/// Both moments of a vector of parameters.
/// Source: Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2; in the order of
/// operations of torch 2.15, torch/optim/adam.py, _single_tensor_adam.
class Adam {
 public:
  /// Begin with moments of zero for `size` parameters.
  Adam(std::int64_t size, const AdamOptions& options);

  /// Take one step: change the parameters in place. Every SIMD level gives the same bits.
  /// Shapes: parameters, gradients [size].
  void step(std::span<float> parameters, std::span<const float> gradients);

  /// Give the number of steps taken.
  std::int64_t steps() const { return steps_; }

 private:
  AdamOptions options_;
  std::vector<float> first_, second_;  // [size] running means of gradients and of their squares
  std::int64_t steps_ = 0;
};

}  // namespace sonde::solvers
