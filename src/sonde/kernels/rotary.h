// Rotary position embedding: pairs of numbers turned by an angle that grows with the position.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// What turns, and how fast.
struct Rotation {
  std::span<const float> frequencies;  ///< [r/2], radians per position; the first r numbers of a head turn
  std::int64_t head_width = 0;         ///< e, at least r
  float scale = 1.0f;                  ///< of the numbers that turn
};

/// Rotate each head of each row by its position, pairing element j with element j + r/2 of the head; the rest
/// of a head stays. Shapes: x, y [t, h·e] (y may be x); positions [t].
/// Source: Su et al. 2021, "RoFormer", eq. 34, in the half-split pairing of transformers' Llama.
void rotate(MatrixView x, std::span<const std::int32_t> positions, const Rotation& rotation,
            MutableMatrixView y);

}  // namespace sonde::kernels
