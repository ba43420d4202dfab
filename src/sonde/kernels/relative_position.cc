#include "sonde/kernels/relative_position.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace sonde::kernels {
namespace {

std::int64_t bucket(const RelativeRows& rows, std::int64_t distance) {
  const std::int64_t middle = rows.buckets / 2, size = std::abs(distance);
  if (rows.buckets == 0 || size <= middle) return distance;
  const auto m = static_cast<float>(middle);
  const float reach = std::log(static_cast<float>(static_cast<double>(rows.farthest - 1) / middle));
  const float log_position = std::ceil(std::log(static_cast<float>(size) / m) / reach * (m - 1.0f)) + m;
  return static_cast<std::int64_t>(distance < 0 ? -log_position : log_position);
}

}  // namespace

std::int64_t relative_row(const RelativeRows& rows, std::int64_t distance) {
  return std::clamp<std::int64_t>(bucket(rows, distance) + rows.span, 0, 2 * rows.span - 1);
}

}  // namespace sonde::kernels
