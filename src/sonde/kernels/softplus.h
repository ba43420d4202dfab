// The loss of a logistic model and its slope, for many margins at once in double precision.
#pragma once

#include <span>

namespace sonde::kernels {

/// Write log(1 + e^z) to `loss` and replace z by its derivative 1 / (1 + e^−z). A value does not depend on
/// its neighbours. Small results keep their relative precision. Shapes: z [n], loss [n].
void softplus(std::span<double> z, std::span<double> loss);

}  // namespace sonde::kernels
