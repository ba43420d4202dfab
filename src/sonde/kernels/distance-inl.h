// Adds distance terms to the scores of a few queries. Of the table only the band of distances is multiplied
// that the queries at hand meet: r queries and t keys meet t + r − 1. Within the band the terms of one query
// are a contiguous run, which moves by one from query to query.
//
// Included once per SIMD target (no #pragma once).

#if defined(SONDE_KERNELS_DISTANCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SONDE_KERNELS_DISTANCE_INL_H_
#undef SONDE_KERNELS_DISTANCE_INL_H_
#else
#define SONDE_KERNELS_DISTANCE_INL_H_
#endif

#include "sonde/kernels/distance.h"
#include "sonde/kernels/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {

// Queries whose terms of the kind k·table are made together: so many that the band is little longer than the
// tile, so few that the tile stays in the second cache.
constexpr std::int64_t kDistanceTile = 96;

// Multiply some rows by the columns [begin, end) of a head's table; the band's first column is the one that
// begins a panel at or before `begin`. Gives the band's row stride.
HWY_INLINE std::int64_t multiply_band(MatrixView x, const float* panels, std::int64_t begin, std::int64_t end,
                                      float* band) {
  const std::int64_t width = panel_width(), first = begin / width, count = (end + width - 1) / width - first;
  const std::int64_t stride = count * width, panel = x.cols * width;
  MicroOperands m{x.data, x.stride, panels + first * panel, x.cols, nullptr, band, stride, width};
  for (std::int64_t i = 0; i < count; ++i, m.panel += panel, m.c += width) panel_product(m, x.rows);
  return stride;
}

// The distance terms of one head of one sequence.
class HeadDistances {
 public:
  HeadDistances(const DistanceTerms& terms, std::int64_t head, MatrixView query, MatrixView key)
      : terms_(terms), head_(head), query_(query), key_(key) {}

  // Add to scores [rows, stride] of the queries from `first` on, for the first `seen` keys.
  void add_to(float* scores, std::int64_t stride, std::int64_t first, std::int64_t rows, std::int64_t seen) {
    if (terms_.keys != nullptr) add_query_terms(scores, stride, first, rows, seen);
    if (terms_.queries == nullptr) return;
    if (first < tile_first_ || first + rows > tile_first_ + tile_rows_) make_tile(first);
    for (std::int64_t i = 0; i < rows; ++i) {
      add_row(terms_.scratch->tile() + (first + i - tile_first_) * key_.rows, scores + i * stride, seen);
    }
  }

 private:
  static HWY_INLINE void add_row(const float* HWY_RESTRICT terms, float* HWY_RESTRICT scores,
                                 std::int64_t size) {
    const FloatTag d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    std::int64_t i = 0;
    for (; i + lanes <= size; i += lanes)
      hn::StoreU(hn::Add(hn::LoadU(d, scores + i), hn::LoadU(d, terms + i)), d, scores + i);
    for (; i < size; ++i) scores[i] += terms[i];
  }

  // Column of query q and key k: (tokens − 1) − (q − k).
  void add_query_terms(float* scores, std::int64_t stride, std::int64_t first, std::int64_t rows,
                       std::int64_t seen) {
    const std::int64_t middle = terms_.keys->shape().tokens - 1;
    const std::int64_t begin = middle - (first + rows - 1), end = middle - first + seen;
    float* band = terms_.scratch->band();
    const std::int64_t band_stride =
        multiply_band({query_.data + first * query_.stride, rows, query_.cols, query_.stride},
                      terms_.keys->head(head_), begin, end, band);
    const std::int64_t shift = begin % panel_width();
    for (std::int64_t i = 0; i < rows; ++i)
      add_row(band + i * band_stride + shift + rows - 1 - i, scores + i * stride, seen);
  }

  // tile [kDistanceTile, t]: k·table for the queries from `first` on, key block by key block. Column of query
  // q and key k: (tokens − 1) + (q − k).
  void make_tile(std::int64_t first) {
    const std::int64_t tokens = key_.rows, middle = terms_.queries->shape().tokens - 1;
    tile_first_ = first;
    tile_rows_ = std::min(kDistanceTile, tokens - first);
    float* band = terms_.scratch->band();
    for (std::int64_t k = 0; k < tokens; k += kMicroRows) {
      const std::int64_t keys = std::min<std::int64_t>(kMicroRows, tokens - k);
      const std::int64_t begin = middle + first - (k + keys - 1), end = middle + first + tile_rows_ - k;
      const std::int64_t band_stride =
          multiply_band({key_.data + k * key_.stride, keys, key_.cols, key_.stride},
                        terms_.queries->head(head_), begin, end, band);
      const float* runs = band + begin % panel_width() + keys - 1;
      float* tile = terms_.scratch->tile() + k;
      for (std::int64_t q = 0; q < tile_rows_; ++q, tile += tokens) {
        for (std::int64_t i = 0; i < keys; ++i) tile[i] = runs[i * (band_stride - 1) + q];
      }
    }
  }

  const DistanceTerms& terms_;
  std::int64_t head_;
  MatrixView query_;
  MatrixView key_;
  std::int64_t tile_first_ = 0;
  std::int64_t tile_rows_ = 0;
};

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
