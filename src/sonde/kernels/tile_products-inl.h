// Products of tiles of digits, and what becomes of their sums; for files of this room, which include it where
// they compile for AMX. Each includes <immintrin.h> before.
#pragma once

#include <cstdint>

#include "sonde/kernels/digit_vectors-inl.h"
#include "sonde/kernels/digits_internal.h"

namespace sonde::kernels {

// What stands up to pop_options is compiled for AMX and runs only where it is. No template of a library is
// used there: its code could be shared with the rest of the program. Intrinsics that g++ 12 warns of without
// a mask get one.
#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl")

// Sums of four weights of 16 × 16 results, of which six products take the first three.
struct alignas(64) TileSums {
  std::int32_t weight[4][kTileRows][kTileRows];
};

// A tile of results whose sums are known, and where they go: what stood before, which may be the same place,
// is added. T is float or double.
template <class T>
struct TileResults {
  const float* row_scales = nullptr;
  const float* col_scales = nullptr;
  const T* before = nullptr;  // null: zeros
  std::int64_t before_stride = 0;
  T* y = nullptr;
  std::int64_t y_stride = 0;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
};

// Digits that are wanted soon, of which some lines are fetched with every step.
struct Ahead {
  const std::int8_t* from = nullptr;
  std::int64_t lines = 0;

  // Fetch what `bytes` take, in equal parts within so many steps.
  static Ahead within(std::int64_t steps, const std::int8_t* from, std::int64_t bytes) {
    return {from, (bytes / kTileBytes + steps - 1) / steps};
  }
  void fetch() {
    for (std::int64_t line = 0; line < lines; ++line, from += kTileBytes) _mm_prefetch(from, _MM_HINT_T1);
  }
};

// Where the digits of 16 rows and 16 columns lie.
struct TileFactors {
  const std::int8_t* rows;
  const std::int8_t* columns;
  std::int64_t steps;
};

inline __m512 as_floats(const std::int32_t* sums) {
  return _mm512_maskz_cvtepi32_ps(__mmask16{0xFFFF}, _mm512_load_si512(sums));
}

inline void store_results(__m512 x, __mmask16 lanes, const float* before, float* y) {
  if (before != nullptr) x = _mm512_add_ps(x, _mm512_maskz_loadu_ps(lanes, before));
  _mm512_mask_storeu_ps(y, lanes, x);
}

inline void store_half(__m256 x, __mmask8 lanes, const double* before, double* y) {
  __m512d wide = _mm512_maskz_cvtps_pd(__mmask8{0xFF}, x);
  if (before != nullptr) wide = _mm512_add_pd(wide, _mm512_maskz_loadu_pd(lanes, before));
  _mm512_mask_storeu_pd(y, lanes, wide);
}
inline void store_results(__m512 x, __mmask16 lanes, const double* before, double* y) {
  const __m512d halves = _mm512_castps_pd(x);
  const __m256 low = _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(__mmask8{0xFF}, halves, 0));
  const __m256 high = _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(__mmask8{0xFF}, halves, 1));
  store_half(low, static_cast<__mmask8>(lanes), before, y);
  store_half(high, static_cast<__mmask8>(lanes >> 8), before == nullptr ? nullptr : before + 8, y + 8);
}

// Multiplies tile by tile. While the products of one are under way, which leaves other units idle, the
// results of the one before are written.
template <class T, DigitProducts P>
class TileStream {
  static constexpr bool kEight = P == DigitProducts::eight;

 public:
  // Part of what is ahead is fetched, and `ahead` moves on.
  void multiply(const TileFactors& factors, const TileResults<T>& results, Ahead& ahead) {
    turn_ ^= 1;
    multiply_tile(factors, sums_[turn_], ahead);
    waiting_ = results;
  }
  // Write what waits. Must follow the last product.
  void finish() { write_rows(sums_[turn_], 0, waiting_.rows); }

 private:
  // Write rows [first, last) of the results that wait.
  void write_rows(const TileSums& sums, std::int64_t first, std::int64_t last) const {
    const __m512 part = _mm512_set1_ps(1.0f / 256), base = _mm512_set1_ps(256),
                 square = _mm512_set1_ps(65536);
    const __mmask16 lanes = lanes_of(waiting_.cols);
    const __m512 col_scales = _mm512_maskz_loadu_ps(lanes, waiting_.col_scales);
    for (std::int64_t i = first; i < last; ++i) {
      __m512 sum = as_floats(sums.weight[2][i]);
      if constexpr (kEight) sum = _mm512_fmadd_ps(as_floats(sums.weight[3][i]), part, sum);
      sum = _mm512_fmadd_ps(as_floats(sums.weight[1][i]), base, sum);
      sum = _mm512_fmadd_ps(as_floats(sums.weight[0][i]), square, sum);
      sum = _mm512_mul_ps(_mm512_mul_ps(sum, _mm512_set1_ps(waiting_.row_scales[i])), col_scales);
      const T* const before =
          waiting_.before == nullptr ? nullptr : waiting_.before + i * waiting_.before_stride;
      store_results(sum, lanes, before, waiting_.y + i * waiting_.y_stride);
    }
  }

  // Products of 16 rows by 16 columns.
  void multiply_tile(const TileFactors& factors, TileSums& sums, Ahead& ahead) const {
    clear_sums();
    const std::int64_t rows = waiting_.rows, share = (rows + factors.steps - 1) / factors.steps;
    const std::int8_t *a = factors.rows, *b = factors.columns;
    std::int64_t row = 0;
    for (std::int64_t s = 0; s < factors.steps; ++s, a += kDigits * kTileSize, b += kDigits * kTileSize) {
      add_products(a, b);
      const std::int64_t last = row + share < rows ? row + share : rows;
      write_rows(sums_[turn_ ^ 1], row, last);
      row = last;
      ahead.fetch();
    }
    _tile_stored(0, sums.weight[0], kTileBytes);
    _tile_stored(1, sums.weight[1], kTileBytes);
    _tile_stored(2, sums.weight[2], kTileBytes);
    if constexpr (kEight) _tile_stored(3, sums.weight[3], kTileBytes);
  }

  // Sums are registers 0 to 3, digits of the rows 4, of the columns 5 to 7.
  static void clear_sums() {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    if constexpr (kEight) _tile_zero(3);
  }
  static void add_products(const std::int8_t* a, const std::int8_t* b) {
    _tile_loadd(4, a, kTileBytes);
    _tile_loadd(5, b, kTileBytes);
    _tile_dpbssd(0, 4, 5);
    _tile_loadd(6, b + kTileSize, kTileBytes);
    _tile_dpbssd(1, 4, 6);
    _tile_loadd(7, b + 2 * kTileSize, kTileBytes);
    _tile_dpbssd(2, 4, 7);
    _tile_loadd(4, a + kTileSize, kTileBytes);
    if constexpr (kEight) _tile_dpbssd(3, 4, 7);
    _tile_dpbssd(1, 4, 5);
    _tile_dpbssd(2, 4, 6);
    _tile_loadd(4, a + 2 * kTileSize, kTileBytes);
    if constexpr (kEight) _tile_dpbssd(3, 4, 6);
    _tile_dpbssd(2, 4, 5);
  }

  TileSums sums_[2];
  TileResults<T> waiting_;
  int turn_ = 0;
};

#pragma GCC pop_options

}  // namespace sonde::kernels
