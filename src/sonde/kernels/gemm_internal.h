// The makers behind pack_weight, and how they round.
#pragma once

#include <bit>
#include <cstdint>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/gemm.h"

namespace sonde::kernels {

std::unique_ptr<PackedWeight> pack_for_highway(const DenseWeight& weight);
std::unique_ptr<PackedWeight> pack_for_onednn(const DenseWeight& weight);
std::unique_ptr<PackedWeight> pack_as_bfloat16(const DenseWeight& weight);
std::unique_ptr<PackedWeight> pack_for_amx(const DenseWeight& weight);
std::unique_ptr<PackedWeight> pack_for_amx_bfloat16(const DenseWeight& weight);

/// Copy a bias with zeros behind it, up to `size` columns; empty when there is none.
AlignedFloats padded_bias(std::span<const float> bias, std::int64_t size);

/// Give the bits of the bfloat16 number nearest to x, ties to even. x must not be NaN.
inline std::uint16_t bfloat16_bits(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

}  // namespace sonde::kernels
