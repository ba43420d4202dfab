// The two makers behind pack_weight.
#pragma once

#include "sonde/kernels/gemm.h"

namespace sonde::kernels {

std::unique_ptr<PackedWeight> pack_for_highway(const DenseWeight& weight);
std::unique_ptr<PackedWeight> pack_for_onednn(const DenseWeight& weight);

}  // namespace sonde::kernels
