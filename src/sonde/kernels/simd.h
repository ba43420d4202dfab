// Names the instruction set that the kernels chose on this machine.
#pragma once

#include <string>

namespace sonde::kernels {

/// Give the SIMD level in use, for example "AVX2". Results are bit-identical only within one level.
std::string simd_level();

}  // namespace sonde::kernels
