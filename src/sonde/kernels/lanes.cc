#include "sonde/kernels/lanes.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/lanes.cc"
// clang-format off: foreach_target.h must come before every other header of Highway
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, kLanes>;
using Vector = hn::Vec<Tag>;
constexpr int kVectors = static_cast<int>(kLanes / std::min<std::size_t>(kLanes, HWY_LANES(float)));
constexpr int kTile = static_cast<int>(LaneFeatures::kTile);

// Rows or columns whose 16 sums stay in registers beside a vector of weights and a broadcast.
#if HWY_TARGET <= HWY_AVX3
constexpr int kBlock = 24;
#elif HWY_TARGET <= HWY_AVX2
constexpr int kBlock = 6;
#else
constexpr int kBlock = 2;
#endif
static_assert(kTile % kBlock == 0);

// The 16 lanes that begin at `from`.
struct LaneVectors {
  Vector part[kVectors];

  HWY_INLINE void load(const float* from) {
    const Tag d;
    for (int v = 0; v < kVectors; ++v) part[v] = hn::Load(d, from + v * kLanes / kVectors);
  }
  HWY_INLINE void store(float* to) const {
    const Tag d;
    for (int v = 0; v < kVectors; ++v) hn::Store(part[v], d, to + v * kLanes / kVectors);
  }
  HWY_INLINE void clear() {
    const Tag d;
    for (int v = 0; v < kVectors; ++v) part[v] = hn::Zero(d);
  }
  HWY_INLINE void add(float factor, const LaneVectors& values) {
    const Vector x = hn::Set(Tag(), factor);
    for (int v = 0; v < kVectors; ++v) part[v] = hn::MulAdd(x, values.part[v], part[v]);
  }
};

// out[i] += Σ_j x[i, j] · weights[j] of kRows rows, j in order.
template <int kRows>
HWY_INLINE void product_rows(const float* HWY_RESTRICT x, const float* HWY_RESTRICT weights,
                             float* HWY_RESTRICT out) {
  LaneVectors sums[kRows];
#pragma GCC unroll 24
  for (int i = 0; i < kRows; ++i) sums[i].load(out + i * kLanes);
  for (int j = 0; j < kTile; ++j) {
    LaneVectors weight;
    weight.load(weights + j * kLanes);
#pragma GCC unroll 24
    for (int i = 0; i < kRows; ++i) sums[i].add(x[i * kTile + j], weight);
  }
#pragma GCC unroll 24
  for (int i = 0; i < kRows; ++i) sums[i].store(out + i * kLanes);
}

HWY_INLINE void tile_products(const float* x, std::int64_t rows, const float* weights, float* out) {
  for (; rows >= kBlock; rows -= kBlock, x += kBlock * kTile, out += kBlock * kLanes)
    product_rows<kBlock>(x, weights, out);
  constexpr int kHalf = kBlock > 8 ? 8 : 2;
  for (; rows >= kHalf; rows -= kHalf, x += kHalf * kTile, out += kHalf * kLanes)
    product_rows<kHalf>(x, weights, out);
  for (; rows > 0; --rows, x += kTile, out += kLanes) product_rows<1>(x, weights, out);
}

// gradients[j] = Σ_i x[i, j] · residuals[i] of kBlock columns, i in order.
HWY_INLINE void gradient_columns(const float* HWY_RESTRICT x, std::int64_t rows,
                                 const float* HWY_RESTRICT residuals, float* HWY_RESTRICT gradients) {
  LaneVectors sums[kBlock];
#pragma GCC unroll 24
  for (int j = 0; j < kBlock; ++j) sums[j].clear();
  for (std::int64_t i = 0; i < rows; ++i) {
    LaneVectors residual;
    residual.load(residuals + i * kLanes);
#pragma GCC unroll 24
    for (int j = 0; j < kBlock; ++j) sums[j].add(x[i * kTile + j], residual);
  }
#pragma GCC unroll 24
  for (int j = 0; j < kBlock; ++j) sums[j].store(gradients + j * kLanes);
}

void lane_products(const LaneTiles& x, const float* weights, float* out) {
  for (std::int64_t t = 0; t < x.count; ++t)
    tile_products(x.values + t * x.rows * kTile, x.rows, weights + t * kTile * kLanes, out);
}

void lane_gradients(const LaneTiles& x, const float* residuals, float* gradients) {
  for (std::int64_t t = 0; t < x.count; ++t) {
    for (int j = 0; j < kTile; j += kBlock) {
      gradient_columns(x.values + t * x.rows * kTile + j, x.rows, residuals,
                       gradients + (t * kTile + j) * kLanes);
    }
  }
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(lane_products);
HWY_EXPORT(lane_gradients);

}  // namespace

LaneFeatures::LaneFeatures(MatrixView x)
    : rows_(x.rows), cols_(x.cols), tiles_((x.cols + kTile - 1) / kTile), values_(tiles_ * rows_ * kTile) {
  float* to = values_.data();
  for (std::int64_t first = 0; first < cols_; first += kTile) {
    const std::int64_t width = std::min(kTile, cols_ - first);
    for (std::int64_t i = 0; i < rows_; ++i, to += kTile) {
      std::fill_n(std::copy_n(x.row(i).data() + first, width, to), kTile - width, 0.0f);
    }
  }
}

void LaneFeatures::add_products(const float* weights, float* out) const {
  HWY_DYNAMIC_DISPATCH(lane_products)({values_.data(), tiles_, rows_}, weights, out);
}

void LaneFeatures::gradients(const float* residuals, float* gradients) const {
  HWY_DYNAMIC_DISPATCH(lane_gradients)({values_.data(), tiles_, rows_}, residuals, gradients);
}

}  // namespace sonde::kernels
#endif
