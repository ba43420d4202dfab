#include "sonde/kernels/gemm.h"

#include <hwy/targets.h>

#include "sonde/kernels/gemm_internal.h"

namespace sonde::kernels {

GemmBackend best_gemm_backend() {
  return (hwy::SupportedTargets() & HWY_AVX3) != 0 ? GemmBackend::onednn : GemmBackend::highway;
}

std::unique_ptr<PackedWeight> pack_weight(const DenseWeight& weight, GemmBackend backend) {
  SONDE_ASSERT(static_cast<std::int64_t>(weight.values.size()) == weight.inputs * weight.outputs);
  SONDE_ASSERT(weight.bias.empty() || static_cast<std::int64_t>(weight.bias.size()) == weight.outputs);
  return backend == GemmBackend::onednn ? pack_for_onednn(weight) : pack_for_highway(weight);
}

}  // namespace sonde::kernels
