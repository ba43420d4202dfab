// Rotary position embedding: pairs of numbers turned by an angle that grows with the position.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// Rotate each head of each row by its position, pairing element j with element j + e/2 of the head.
/// Shapes: x, y [t, h·e] (y may be x); positions [t]; frequencies [e/2], radians per position.
/// Source: Su et al. 2021, "RoFormer", eq. 34, in the half-split pairing of transformers' Llama.
void rotate(MatrixView x, std::span<const std::int32_t> positions, std::span<const float> frequencies,
            MutableMatrixView y);

}  // namespace sonde::kernels
