#include "sonde/kernels/simd.h"

#include <hwy/targets.h>

namespace sonde::kernels {

std::string simd_level() {
  // The best supported target is the lowest set bit.
  const int64_t targets = hwy::SupportedTargets();
  return hwy::TargetName(targets & -targets);
}

}  // namespace sonde::kernels
