#include "sonde/kernels/gram.h"

#include "sonde/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/gram.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Rows of c per micro-kernel, a divisor of a panel: two accumulators a row, and at least eight in all, which
// hide the latency of a fused multiply-add.
#if HWY_TARGET <= HWY_AVX3
constexpr int kGramRows = 8;
#else
constexpr int kGramRows = 4;
#endif

// c += factor · v, two vectors of it.
template <class V>
HWY_INLINE void add_to(hn::ScalableTag<double> d, double factor, V v, double* c) {
  hn::StoreU(hn::MulAdd(hn::Set(d, factor), v, hn::LoadU(d, c)), d, c);
}
HWY_INLINE void add_vector(hn::ScalableTag<double> d, double factor, hn::Vec<hn::ScalableTag<double>> v,
                           double* c) {
  add_to(d, factor, v, c);
}
HWY_INLINE void add_vector(hn::ScalableTag<double> d, double factor, hn::Vec<hn::ScalableTag<float>> v,
                           double* c) {
#if HWY_TARGET == HWY_SCALAR
  add_to(d, factor, hn::PromoteTo(d, v), c);
#else
  const hn::Half<hn::ScalableTag<float>> half;
  add_to(d, factor, hn::PromoteTo(d, hn::LowerHalf(half, v)), c);
  add_to(d, factor, hn::PromoteTo(d, hn::UpperHalf(half, v)), c + hn::Lanes(d));
#endif
}

// kGramRows rows of c by two vectors of columns: a [steps, kGramPanel] from the row's column on, b the same
// from the column's.
template <class T>
HWY_INLINE void gram_kernel(const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, std::int64_t steps,
                            double factor, const GramSum& c) {
  const hn::ScalableTag<T> d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> low[kGramRows], high[kGramRows];
#pragma GCC unroll 8
  for (int i = 0; i < kGramRows; ++i) low[i] = high[i] = hn::Zero(d);
  // The sums are wanted at the end and lie further away than the panels.
  const std::int64_t line = 64 / sizeof(double);
#pragma GCC unroll 8
  for (int i = 0; i < kGramRows; ++i) {
    for (std::int64_t at = 0; at < 2 * lanes; at += line) hwy::Prefetch(c.data + i * c.stride + at);
  }
  for (std::int64_t k = 0; k < steps; ++k, a += kGramPanel, b += kGramPanel) {
    const auto b0 = hn::Load(d, b), b1 = hn::Load(d, b + lanes);
#pragma GCC unroll 8
    for (int i = 0; i < kGramRows; ++i) {
      const auto x = hn::Set(d, a[i]);
      low[i] = hn::MulAdd(x, b0, low[i]);
      high[i] = hn::MulAdd(x, b1, high[i]);
    }
  }
  const hn::ScalableTag<double> wide;
#pragma GCC unroll 8
  for (int i = 0; i < kGramRows; ++i) {
    add_vector(wide, factor, low[i], c.data + i * c.stride);
    add_vector(wide, factor, high[i], c.data + i * c.stride + lanes);
  }
}

template <class T>
HWY_INLINE void gram_panel(const T* a, const T* b, std::int64_t steps, double factor, GramSum c) {
  const std::int64_t width = 2 * static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  for (std::int64_t col = 0; col < kGramPanel; col += width) {
    for (std::int64_t row = 0; row < kGramPanel; row += kGramRows) {
      gram_kernel(a + row, b + col, steps, factor, GramSum{c.data + row * c.stride + col, c.stride});
    }
  }
}

template <class T>
HWY_INLINE void gram_tile(const GramRows<T>& x, const GramTile& tile, double factor, const GramSum& c) {
  for (std::int64_t strip = 0; strip < x.strips(); ++strip) {
    const std::int64_t steps = std::min(kGramStrip, x.rows() - strip * kGramStrip);
    for (std::int64_t j = tile.first_col; j < tile.last_col; ++j) {
      for (std::int64_t i = tile.first_row; i < std::min(tile.last_row, j + 1); ++i) {
        double* at = c.data + i * kGramPanel * c.stride + j * kGramPanel;
        gram_panel(x.panel(strip, i), x.panel(strip, j), steps, factor, GramSum{at, c.stride});
      }
    }
  }
}

void gram_tile_float(const GramRows<float>& x, const GramTile& tile, double factor, const GramSum& c) {
  gram_tile(x, tile, factor, c);
}
void gram_tile_double(const GramRows<double>& x, const GramTile& tile, double factor, const GramSum& c) {
  gram_tile(x, tile, factor, c);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(gram_tile_float);
HWY_EXPORT(gram_tile_double);

// Panels of a tile's side: its sums and two strips of panels stay in the second cache.
constexpr std::int64_t kTileSide = 8;

double factor_of(GramSign sign) { return sign == GramSign::plus ? 1 : -1; }

}  // namespace

std::vector<GramTile> gram_tiles(std::int64_t panels, std::int64_t first) {
  std::vector<GramTile> tiles;
  for (std::int64_t row = first; row < panels; row += kTileSide) {
    for (std::int64_t col = row; col < panels; col += kTileSide) {
      tiles.push_back({row, std::min(row + kTileSide, panels), col, std::min(col + kTileSide, panels)});
    }
  }
  return tiles;
}

void add_gram(const GramRows<float>& x, const GramTile& tile, GramSign sign, const GramSum& c) {
  HWY_DYNAMIC_DISPATCH(gram_tile_float)(x, tile, factor_of(sign), c);
}
void add_gram(const GramRows<double>& x, const GramTile& tile, GramSign sign, const GramSum& c) {
  HWY_DYNAMIC_DISPATCH(gram_tile_double)(x, tile, factor_of(sign), c);
}

}  // namespace sonde::kernels
#endif
