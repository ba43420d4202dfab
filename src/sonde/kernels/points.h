// How points in the plane or in space lie in memory for the kernels that move them.
#pragma once

#include <cstdint>

namespace sonde::kernels {

/// Places lie coordinate by coordinate, and beyond the last point up to a multiple of this many each
/// coordinate holds kFarAway.
inline constexpr std::int64_t kPointPadding = 64;
inline constexpr float kFarAway = 1e18F;

/// Give the room that one coordinate of n points takes.
constexpr std::int64_t padded_points(std::int64_t n) {
  return (n + kPointPadding - 1) / kPointPadding * kPointPadding;
}

/// Points with 2 or 3 coordinates. Shapes: values [dims, padded n], float32, vector-aligned.
struct PointsView {
  const float* values = nullptr;
  std::int64_t count = 0;  ///< n
  std::int64_t dims = 2;

  std::int64_t stride() const { return padded_points(count); }
};

}  // namespace sonde::kernels
