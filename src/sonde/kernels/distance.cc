#include "sonde/kernels/distance.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/distance.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "sonde/kernels/distance-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {

std::int64_t distance_panel_width() { return panel_width(); }

// One row more than a block of keys or queries has, so that the runs of a band never leave it.
std::int64_t distance_band_floats(std::int64_t tokens) {
  return (kMicroRows + 1) * (std::max(tokens, kDistanceTile) + kMicroRows + 2 * panel_width());
}
std::int64_t distance_tile_floats(std::int64_t tokens) { return std::min(tokens, kDistanceTile) * tokens; }

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(distance_panel_width);
HWY_EXPORT(distance_band_floats);
HWY_EXPORT(distance_tile_floats);

std::int64_t round_up(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

}  // namespace

DistanceTable::DistanceTable(MatrixView projected, std::span<const std::int64_t> row_of,
                             const DistanceShape& shape)
    : shape_(shape) {
  const auto distances = static_cast<std::int64_t>(row_of.size());
  SONDE_ASSERT(distances == 2 * shape.tokens - 1 && projected.cols == shape.heads * shape.head_width);
  const std::int64_t width = HWY_DYNAMIC_DISPATCH(distance_panel_width)(), e = shape.head_width;
  head_floats_ = round_up(distances, width) * e;
  panels_ = AlignedFloats(head_floats_ * shape.heads);
  std::fill_n(panels_.data(), panels_.size(), 0.0f);
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    float* panels = panels_.data() + head * head_floats_;
    for (std::int64_t c = 0; c < distances; ++c) {
      const std::int64_t at = shape.order == DistanceOrder::rising ? c : distances - 1 - c;
      const float* row = projected.data + row_of[at] * projected.stride + head * e;
      float* column = panels + c / width * (e * width) + c % width;
      for (std::int64_t j = 0; j < e; ++j) column[j * width] = row[j];
    }
  }
}

DistanceScratch::DistanceScratch(std::int64_t tokens)
    : tile_at_(round_up(HWY_DYNAMIC_DISPATCH(distance_band_floats)(tokens), 64)),
      memory_(tile_at_ + HWY_DYNAMIC_DISPATCH(distance_tile_floats)(tokens)) {}

}  // namespace sonde::kernels
#endif
