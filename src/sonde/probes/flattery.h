// The rule max(a, 1 − a): a probe without labels is shown with the classes the way round that makes more of
// the judged rows right. The labels that judge then also choose, which is why results say so.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/probes/probe.h"

namespace sonde::probes {

/// Tell whether a probe was asked for the larger of accuracy and its complement.
bool is_flattered(const FittedProbe& fitted);

/// Exchange the two classes where that makes more rows right. Shapes: scores [n, 2]; labels [n].
Matrix flattered(Matrix scores, std::span<const std::int32_t> labels);

}  // namespace sonde::probes
