// The one micro-kernel under matrix products and attention: a few rows times a panel of two vectors of
// columns, with every sum over k running in order, so that a row's result does not depend on which rows stand
// beside it.
//
// Included once per SIMD target (no #pragma once).

#if defined(SONDE_KERNELS_MICRO_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SONDE_KERNELS_MICRO_INL_H_
#undef SONDE_KERNELS_MICRO_INL_H_
#else
#define SONDE_KERNELS_MICRO_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;

// Rows per micro-kernel: two accumulators a row must fit the registers beside two panel vectors and a
// broadcast.
#if HWY_TARGET <= HWY_AVX3
constexpr int kMicroRows = 12;
#elif HWY_TARGET <= HWY_AVX2
constexpr int kMicroRows = 6;
#else
constexpr int kMicroRows = 4;
#endif

// Columns per panel.
HWY_INLINE std::int64_t panel_width() { return 2 * static_cast<std::int64_t>(hn::Lanes(FloatTag())); }

struct MicroOperands {
  const float* a;  // [rows, k], row stride a_stride
  std::int64_t a_stride;
  const float* panel;  // [k, panel_width], contiguous
  std::int64_t k;
  const float* bias;  // [panel_width], or null
  float* c;           // [rows, columns], row stride c_stride
  std::int64_t c_stride;
  std::int64_t columns;  // columns of the panel that exist in c
  // The panel to bring into the cache meanwhile, as large as this one, or null.
  const float* next_panel = nullptr;
};

// Every so many steps of k some cache lines of the next panel are fetched: so many that a call with
// kPrefetchRows rows, a tile of the engine, has brought the whole panel when it ends.
constexpr std::int64_t kPrefetchSteps = 16;
constexpr int kPrefetchRows = 96;
constexpr int kLineFloats = 16;
constexpr int kPrefetchLines = std::max(
    1, static_cast<int>(2 * HWY_LANES(float) * kMicroRows * kPrefetchSteps / (kPrefetchRows * kLineFloats)));

template <int kRows>
HWY_INLINE void micro_kernel(const MicroOperands& m) {
  const FloatTag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  FloatVector low[kRows], high[kRows];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) low[i] = high[i] = hn::Zero(d);
  const float* HWY_RESTRICT panel = m.panel;
  const float* HWY_RESTRICT a = m.a;
  const auto add_product = [&](std::int64_t k) HWY_ATTR {
    const FloatVector b0 = hn::Load(d, panel);
    const FloatVector b1 = hn::Load(d, panel + lanes);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const FloatVector x = hn::Set(d, a[i * m.a_stride + k]);
      low[i] = hn::MulAdd(x, b0, low[i]);
      high[i] = hn::MulAdd(x, b1, high[i]);
    }
    panel += 2 * lanes;
  };
  std::int64_t k = 0;
  if (m.next_panel != nullptr) {
    const float* ahead = m.next_panel;
    for (; k + kPrefetchSteps <= m.k; k += kPrefetchSteps) {
      for (int line = 0; line < kPrefetchLines; ++line, ahead += kLineFloats) hwy::Prefetch(ahead);
#pragma GCC unroll 16
      for (std::int64_t step = 0; step < kPrefetchSteps; ++step) add_product(k + step);
    }
  }
  for (; k < m.k; ++k) add_product(k);
  if (m.bias != nullptr) {
    const FloatVector bias0 = hn::LoadU(d, m.bias), bias1 = hn::LoadU(d, m.bias + lanes);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      low[i] = hn::Add(low[i], bias0);
      high[i] = hn::Add(high[i], bias1);
    }
  }
  if (m.columns == 2 * lanes) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      hn::StoreU(low[i], d, m.c + i * m.c_stride);
      hn::StoreU(high[i], d, m.c + i * m.c_stride + lanes);
    }
    return;
  }
  HWY_ALIGN float edge[2 * HWY_MAX_BYTES / sizeof(float)];
  for (int i = 0; i < kRows; ++i) {
    hn::Store(low[i], d, edge);
    hn::Store(high[i], d, edge + lanes);
    std::copy_n(edge, m.columns, m.c + i * m.c_stride);
  }
}

// Run the micro-kernel over `rows` rows; the last few go through narrower instances with the same sums.
HWY_INLINE void panel_product(MicroOperands m, std::int64_t rows) {
  const std::int64_t prefetched = m.k / kPrefetchSteps * kPrefetchLines * kLineFloats;  // by one instance
  std::int64_t left = m.k * panel_width();
  for (; rows >= kMicroRows; rows -= kMicroRows) {
    micro_kernel<kMicroRows>(m);
    m.a += kMicroRows * m.a_stride;
    m.c += kMicroRows * m.c_stride;
    left -= prefetched;
    m.next_panel = m.next_panel == nullptr || left < prefetched ? nullptr : m.next_panel + prefetched;
  }
  m.next_panel = nullptr;
  if (rows >= 4 && kMicroRows > 4) {
    micro_kernel<4>(m);
    m.a += 4 * m.a_stride;
    m.c += 4 * m.c_stride;
    rows -= 4;
    if (rows >= 4) {
      micro_kernel<4>(m);
      m.a += 4 * m.a_stride;
      m.c += 4 * m.c_stride;
      rows -= 4;
    }
  }
  if (rows >= 2) {
    micro_kernel<2>(m);
    m.a += 2 * m.a_stride;
    m.c += 2 * m.c_stride;
    rows -= 2;
  }
  if (rows == 1) micro_kernel<1>(m);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
