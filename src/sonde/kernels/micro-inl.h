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

// One step of k of a panel of floats.
struct FloatPanel {
  using Element = float;
  static constexpr int kBytesPerColumn = 4;
  static HWY_INLINE std::int64_t step() { return panel_width(); }
  static HWY_INLINE void load(const float* panel, FloatVector& low, FloatVector& high) {
    const FloatTag d;
    low = hn::Load(d, panel);
    high = hn::Load(d, panel + hn::Lanes(d));
  }
};

// The same of bfloat16 numbers: a word holds column j in its low half and column j + lanes in its high half,
// so that one load and two bit operations give both vectors.
struct Bfloat16Panel {
  using Element = std::uint32_t;
  static constexpr int kBytesPerColumn = 2;
  static HWY_INLINE std::int64_t step() { return panel_width() / 2; }
  static HWY_INLINE void load(const std::uint32_t* panel, FloatVector& low, FloatVector& high) {
    const FloatTag d;
    const hn::RebindToUnsigned<FloatTag> words;
    const auto pair = hn::Load(words, panel);
    low = hn::BitCast(d, hn::ShiftLeft<16>(pair));
    high = hn::BitCast(d, hn::And(pair, hn::Set(words, 0xFFFF0000u)));
  }
};

template <class Panel>
struct BasicMicroOperands {
  const float* a;  // [rows, k], row stride a_stride
  std::int64_t a_stride;
  const typename Panel::Element* panel;  // [k, panel_width], contiguous
  std::int64_t k;
  const float* bias;  // [panel_width], or null
  float* c;           // [rows, columns], row stride c_stride
  std::int64_t c_stride;
  std::int64_t columns;  // columns of the panel that exist in c
  // The panel to bring into the cache meanwhile, as large as this one, or null.
  const typename Panel::Element* next_panel = nullptr;
};
using MicroOperands = BasicMicroOperands<FloatPanel>;

// Every so many steps of k some cache lines of the next panel are fetched: so many that a call with
// kPrefetchRows rows, a tile of the engine, has brought the whole panel when it ends.
constexpr std::int64_t kPrefetchSteps = 16;
constexpr int kPrefetchRows = 96;
constexpr int kLineBytes = 64;
template <class Panel>
constexpr int kPrefetchLines =
    std::max(1, static_cast<int>(2 * HWY_LANES(float) * Panel::kBytesPerColumn * kMicroRows * kPrefetchSteps /
                                 (kPrefetchRows * kLineBytes)));
template <class Panel>
constexpr int kLineElements = kLineBytes / sizeof(typename Panel::Element);

template <class Panel, int kRows>
HWY_INLINE void micro_kernel(const BasicMicroOperands<Panel>& m) {
  const FloatTag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  FloatVector low[kRows], high[kRows];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) low[i] = high[i] = hn::Zero(d);
  const typename Panel::Element* HWY_RESTRICT panel = m.panel;
  const float* HWY_RESTRICT a = m.a;
  const auto add_product = [&](std::int64_t k) HWY_ATTR {
    FloatVector b0, b1;
    Panel::load(panel, b0, b1);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const FloatVector x = hn::Set(d, a[i * m.a_stride + k]);
      low[i] = hn::MulAdd(x, b0, low[i]);
      high[i] = hn::MulAdd(x, b1, high[i]);
    }
    panel += Panel::step();
  };
  std::int64_t k = 0;
  if (m.next_panel != nullptr) {
    const typename Panel::Element* ahead = m.next_panel;
    for (; k + kPrefetchSteps <= m.k; k += kPrefetchSteps) {
      for (int line = 0; line < kPrefetchLines<Panel>; ++line, ahead += kLineElements<Panel>)
        hwy::Prefetch(ahead);
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
template <class Panel>
HWY_INLINE void panel_product(BasicMicroOperands<Panel> m, std::int64_t rows) {
  // Elements that one instance fetches.
  const std::int64_t prefetched = m.k / kPrefetchSteps * kPrefetchLines<Panel> * kLineElements<Panel>;
  std::int64_t left = m.k * Panel::step();
  for (; rows >= kMicroRows; rows -= kMicroRows) {
    micro_kernel<Panel, kMicroRows>(m);
    m.a += kMicroRows * m.a_stride;
    m.c += kMicroRows * m.c_stride;
    left -= prefetched;
    m.next_panel = m.next_panel == nullptr || left < prefetched ? nullptr : m.next_panel + prefetched;
  }
  m.next_panel = nullptr;
  if (rows >= 4 && kMicroRows > 4) {
    micro_kernel<Panel, 4>(m);
    m.a += 4 * m.a_stride;
    m.c += 4 * m.c_stride;
    rows -= 4;
    if (rows >= 4) {
      micro_kernel<Panel, 4>(m);
      m.a += 4 * m.a_stride;
      m.c += 4 * m.c_stride;
      rows -= 4;
    }
  }
  if (rows >= 2) {
    micro_kernel<Panel, 2>(m);
    m.a += 2 * m.a_stride;
    m.c += 2 * m.c_stride;
    rows -= 2;
  }
  if (rows == 1) micro_kernel<Panel, 1>(m);
}

// All panels of a packed weight one after the other: c [rows, columns] from m.c on. m.columns and
// m.next_panel are set here.
template <class Panel>
HWY_INLINE void panels_product(BasicMicroOperands<Panel> m, std::int64_t rows, std::int64_t columns) {
  const std::int64_t width = panel_width(), elements = m.k * Panel::step();
  for (std::int64_t column = 0; column < columns; column += width) {
    m.columns = std::min(width, columns - column);
    m.next_panel = column + width < columns ? m.panel + elements : nullptr;
    panel_product(m, rows);
    m.c += width;
    m.panel += elements;
    if (m.bias != nullptr) m.bias += width;
  }
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
