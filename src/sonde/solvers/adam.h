// Adam and AdamW: the state of one flat vector of parameters and the update of a step, in single precision.
// Gradients, schedules and stopping are the caller's; AMSGrad is refused by not being here.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/kernels/adam.h"
#include "sonde/kernels/aligned.h"

namespace sonde::solvers {

/// The settings of Adam; defaults are torch's of Adam (torch's AdamW decays by 0.01, decoupled).
struct AdamOptions {
  double lr = 1e-3;      ///< larger: longer steps
  double beta1 = 0.9;    ///< memory of the mean of gradients; larger: smoother
  double beta2 = 0.999;  ///< memory of the mean of their squares; larger: smoother
  double eps = 1e-8;     ///< added to the root of the second moment; larger: shorter steps where it is small
  double weight_decay = 0;  ///< larger: pulls harder towards 0
  bool decoupled = false;   ///< AdamW: shrink by lr · weight_decay instead of adding it to the gradient
  double l1 = 0;            ///< adds l1 · sign(parameter) to the gradient; larger: more parameters near 0
};

/// Both moments of a vector of parameters.
/// Source: Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2; in the order of
/// operations of torch 2.15, torch/optim/adam.py, _single_tensor_adam.
class Adam {
 public:
  /// Begin with moments of zero for `size` parameters.
  Adam(std::int64_t size, const AdamOptions& options);

  /// Take one step: change the parameters in place.
  /// Shapes: parameters, gradients [size].
  void step(std::span<float> parameters, std::span<const float> gradients);

  /// Begin a step whose parameters are changed range by range.
  void begin_step();
  /// Change the parameters first … first + n − 1, once within a step; ranges that do not overlap may be
  /// changed by several threads at once, to the same bits as step().
  /// Shapes: parameters, gradients [n], those of the range.
  void update(std::int64_t first, std::span<float> parameters, std::span<const float> gradients);
  /// The same for gradients that are a product, aᵀ·x, which is summed on the way.
  /// Shapes: a [n, m], x [n, d]; parameters [m · d].
  void update(std::int64_t first, std::span<float> parameters, MatrixView a, MatrixView x);

  /// Give the number of steps taken.
  std::int64_t steps() const { return steps_; }

 private:
  kernels::AdamState state(std::int64_t first, std::span<float> parameters);

  AdamOptions options_;
  kernels::AdamFactors factors_;
  kernels::AlignedFloats first_, second_;  // [size] running means of gradients and of their squares
  std::int64_t steps_ = 0;
};

}  // namespace sonde::solvers
