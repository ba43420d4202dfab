// The loss of a classifier and its gradient in one go, so that a row of logits is read while it is in the
// cache.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// Give the sum of the cross-entropies −ln softmax(logits)[label] of all rows, and turn the logits in place
/// into weight · (softmax(logits) − one hot): the gradient of weight · sum.
/// Shapes: logits [n, k], labels [n] in [0, k). Units: nats.
double cross_entropy(MutableMatrixView logits, std::span<const std::int32_t> labels, float weight);

}  // namespace sonde::kernels
