#include "sonde/kernels/gemm.h"

#include <hwy/targets.h>

#include <algorithm>

#include "sonde/kernels/amx_internal.h"
#include "sonde/kernels/gemm_internal.h"

namespace sonde::kernels {

const char* to_string(GemmBackend backend) {
  switch (backend) {
    case GemmBackend::highway:
      return "highway";
    case GemmBackend::onednn:
      return "onednn";
    case GemmBackend::highway_bfloat16:
      return "highway_bfloat16";
    case GemmBackend::amx:
      return "amx";
    case GemmBackend::amx_bfloat16:
      return "amx_bfloat16";
  }
  return "";
}

GemmBackend best_gemm_backend(GemmPrecision precision) {
  const bool avx512 = (hwy::SupportedTargets() & HWY_AVX3) != 0, amx = avx512 && amx_is_there();
  if (precision == GemmPrecision::bfloat16)
    return amx ? GemmBackend::amx_bfloat16 : GemmBackend::highway_bfloat16;
  return amx ? GemmBackend::amx : avx512 ? GemmBackend::onednn : GemmBackend::highway;
}

AlignedFloats padded_bias(std::span<const float> bias, std::int64_t size) {
  if (bias.empty()) return {};
  AlignedFloats padded(size);
  float* const end = std::ranges::copy(bias, padded.data()).out;
  std::fill(end, padded.data() + size, 0.0f);
  return padded;
}

std::unique_ptr<PackedWeight> pack_weight(const DenseWeight& weight, GemmBackend backend) {
  SONDE_ASSERT(static_cast<std::int64_t>(weight.values.size()) == weight.inputs * weight.outputs);
  SONDE_ASSERT(weight.bias.empty() || static_cast<std::int64_t>(weight.bias.size()) == weight.outputs);
  switch (backend) {
    case GemmBackend::highway:
      return pack_for_highway(weight);
    case GemmBackend::onednn:
      return pack_for_onednn(weight);
    case GemmBackend::highway_bfloat16:
      return pack_as_bfloat16(weight);
    case GemmBackend::amx:
      return pack_for_amx(weight);
    case GemmBackend::amx_bfloat16:
      return pack_for_amx_bfloat16(weight);
  }
  SONDE_ASSERT(!"a backend without a maker");
  return nullptr;
}

}  // namespace sonde::kernels
