// x·b takes the digits as they are. For aᵀ·x, which sums over rows, the scales of rows go over to a, and the
// bytes of four rows at a time are laid beside each other. The digits are of rotated columns, so the result
// is rotated and is turned back; along the rows neither factor is rotated.
#include "sonde/kernels/two_way_rows.h"

#include <algorithm>
#include <vector>

#include "sonde/kernels/digits_internal.h"
#include "sonde/kernels/prefetch.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

#include "sonde/kernels/digit_vectors-inl.h"
#endif

namespace sonde::kernels {
namespace {

constexpr std::int64_t kGroup = kDigitStep;                    // rows whose bytes make up one tile
constexpr std::int64_t kTilesOfStep = kDigitStep / kTileRows;  // of results, for the columns of a step
// Rows of a result that are computed at once, and columns of b: their digits stay in the second cache.
constexpr std::int64_t kRows = 256, kCols = 768;
// Columns beside rows of floats, so that rows of 2ⁿ numbers do not all fall into the same sets of a cache.
constexpr std::int64_t kSpare = 16;

std::int64_t whole_groups(std::int64_t rows) { return (rows + kGroup - 1) / kGroup * kGroup; }

#if defined(__x86_64__) && defined(__linux__)

#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl")

constexpr __mmask64 kAllBytes = ~__mmask64{0};
constexpr __mmask32 kAllWords = ~__mmask32{0};
constexpr __mmask8 kAllPairs = 0xFF;

// Lay the bytes of four tiles of rows, over the same 64 columns, as four tiles of the right side, of 16
// columns each: byte q of row g comes from row g of tile q. `from` and `to` are how far tiles lie apart.
inline void lay_tiles(const std::int8_t* tiles, std::int64_t from, std::int8_t* out, std::int64_t to) {
  for (std::int64_t g = 0; g < kTileRows; ++g) {
    const std::int8_t* const row = tiles + g * kTileBytes;
    const __m512i a = _mm512_loadu_si512(row), b = _mm512_loadu_si512(row + from),
                  c = _mm512_loadu_si512(row + 2 * from), d = _mm512_loadu_si512(row + 3 * from);
    const __m512i low01 = _mm512_maskz_unpacklo_epi8(kAllBytes, a, b),
                  high01 = _mm512_maskz_unpackhi_epi8(kAllBytes, a, b),
                  low23 = _mm512_maskz_unpacklo_epi8(kAllBytes, c, d),
                  high23 = _mm512_maskz_unpackhi_epi8(kAllBytes, c, d);
    std::int8_t* const at = out + g * kTileBytes;
    _mm512_storeu_si512(at, _mm512_maskz_unpacklo_epi16(kAllWords, low01, low23));
    _mm512_storeu_si512(at + to, _mm512_maskz_unpackhi_epi16(kAllWords, low01, low23));
    _mm512_storeu_si512(at + 2 * to, _mm512_maskz_unpacklo_epi16(kAllWords, high01, high23));
    _mm512_storeu_si512(at + 3 * to, _mm512_maskz_unpackhi_epi16(kAllWords, high01, high23));
  }
}

// Lay the digits of rows [first, first + out.inputs) so that products sum over them. out: as many rows as
// x.steps() has columns, of the right side.
void lay_rows(const DigitRows& x, std::int64_t first, const MutableDigitRows& out) {
  for (std::int64_t group = 0; group < out.steps(); ++group) {
    const std::int8_t* const rows = x.tiles + (first / kTileRows + group * 4) * x.bytes();
    for (std::int64_t s = 0; s < x.steps(); ++s) {
      for (std::int64_t digit = 0; digit < kDigits; ++digit) {
        lay_tiles(rows + (s * kDigits + digit) * kTileSize, x.bytes(),
                  out.tiles + s * kTilesOfStep * out.bytes() + (group * kDigits + digit) * kTileSize,
                  out.bytes());
      }
    }
  }
}

// Turn 64 results back that lie as lay_tiles leaves columns: number 4·l + j of tile w is number 4·l + w of
// vector j.
inline void turn_back(const float* from, std::int64_t count, const Signs& signs, float* to) {
  const __m512 t0 = _mm512_loadu_ps(from), t1 = _mm512_loadu_ps(from + 16), t2 = _mm512_loadu_ps(from + 32),
               t3 = _mm512_loadu_ps(from + 48);
  const __m512d low01 = _mm512_castps_pd(_mm512_maskz_unpacklo_ps(kAllLanes, t0, t1)),
                low23 = _mm512_castps_pd(_mm512_maskz_unpacklo_ps(kAllLanes, t2, t3)),
                high01 = _mm512_castps_pd(_mm512_maskz_unpackhi_ps(kAllLanes, t0, t1)),
                high23 = _mm512_castps_pd(_mm512_maskz_unpackhi_ps(kAllLanes, t2, t3));
  __m512 v[4] = {_mm512_castpd_ps(_mm512_maskz_unpacklo_pd(kAllPairs, low01, low23)),
                 _mm512_castpd_ps(_mm512_maskz_unpackhi_pd(kAllPairs, low01, low23)),
                 _mm512_castpd_ps(_mm512_maskz_unpacklo_pd(kAllPairs, high01, high23)),
                 _mm512_castpd_ps(_mm512_maskz_unpackhi_pd(kAllPairs, high01, high23))};
  undo_rotation(v[0], v[1], v[2], v[3], signs);
  for (std::int64_t j = 0; j < 4; ++j) _mm512_mask_storeu_ps(to + 16 * j, lanes_of(count - 16 * j), v[j]);
}

void turn_rows_back(MatrixView from, MutableMatrixView to) {
  const Signs signs = make_signs();
  for (std::int64_t i = 0; i < to.rows; ++i) {
    for (std::int64_t j = 0; j < to.cols; j += kDigitStep)
      turn_back(from.data + i * from.stride + j, to.cols - j, signs, to.data + i * to.stride + j);
  }
}

#pragma GCC pop_options

#else
void lay_rows(const DigitRows&, std::int64_t, const MutableDigitRows&) { SONDE_ASSERT(!"no AMX here"); }
void turn_rows_back(MatrixView, MutableMatrixView) { SONDE_ASSERT(!"no AMX here"); }
#endif

// Memory of a thread: digits of rows of aᵀ, of columns of x, and results that are still rotated.
struct Scratch {
  Aligned<std::int8_t> left{kRows * kDigitInputs * kDigits};
  AlignedFloats left_scales{kRows};
  Aligned<std::int8_t> right{kDigitInputs * kDigitInputs * kDigits};
  AlignedFloats ones{kDigitInputs};
  AlignedFloats results{kRows * kDigitInputs};

  Scratch() { std::ranges::fill(ones.span(), 1.0f); }
};

// Digits of a run of columns that share scales.
template <class Byte, class Float>
BasicDigitRows<Byte, Float> run_at(Byte* tiles, Float* scales, std::int64_t rows, ColumnRange part) {
  return {tiles + part.first * rows * kDigits, scales + part.first / kDigitInputs * rows, part.count};
}

}  // namespace

TwoWayRows::TwoWayRows(std::int64_t most_rows, std::int64_t cols, std::int64_t others)
    : rows_(whole_groups(most_rows)),
      cols_(cols),
      in_digits_(most_rows >= kInputsForEight && ReadyFactor::in_digits(cols, others)) {
  if (!in_digits_) {
    floats_ = Matrix(most_rows, cols + kSpare);
    return;
  }
  const std::int64_t steps = (cols + kDigitStep - 1) / kDigitStep;
  tiles_ = Aligned<std::int8_t>(steps * kDigitStep * rows_ * kDigits);
  scales_ = AlignedFloats(parts() * rows_);
}

template <class RowAt>
void TwoWayRows::take_rows(std::int64_t first, std::int64_t count, const RowAt& row_at) {
  std::vector<MutableDigitRows> runs;
  for (std::int64_t p = 0; in_digits_ && p < parts(); ++p)
    runs.push_back(run_at(tiles_.data(), scales_.data(), rows_, part(p)));
  for (std::int64_t i = 0; i < count; ++i) {
    if (in_digits_) {
      cut_row(row_at(i), first + i, runs);
    } else {
      std::copy_n(row_at(i), cols_, floats_.row(first + i).begin());
    }
  }
}

void TwoWayRows::take(std::int64_t first, MatrixView source, std::span<const std::int64_t> picked) {
  constexpr std::int64_t kRowsAhead = 2;  // that are fetched before their turn
  const std::int64_t last = std::ssize(picked) - 1;
  take_rows(first, last + 1, [&](std::int64_t i) {
    prefetch(source.data + picked[std::min(i + kRowsAhead, last)] * source.stride, cols_);
    return source.data + picked[i] * source.stride;
  });
}

void TwoWayRows::take(std::int64_t first, MatrixView source) {
  take_rows(first, source.rows, [&](std::int64_t i) { return source.data + i * source.stride; });
}

void TwoWayRows::multiply(std::int64_t first, const ReadyFactor& b, MutableMatrixView c) const {
  SONDE_ASSERT(first % kTileRows == 0 && first + c.rows <= rows_);
  if (!in_digits_)
    return matrix_product(Factor{{floats_.data() + first * floats_.cols(), c.rows, cols_, floats_.cols()}}, b,
                          c);
  const TileRegisters registers;
  for (std::int64_t j = 0; j < c.cols; j += kCols) {
    const MutableMatrixView y{c.data + j, c.rows, std::min(kCols, c.cols - j), c.stride};
    for (std::int64_t p = 0; p < parts(); ++p) {
      const DigitRows run = run_at(tiles_.data(), scales_.data(), rows_, part(p));
      const DigitRows rows{run.tiles + first / kTileRows * run.bytes(), run.scales + first, run.inputs};
      multiply_digits({rows, b.digits(p * kDigitInputs, j), products_for(cols_)},
                      p > 0 ? MatrixView(y) : MatrixView{}, y);
    }
  }
}

std::int64_t TwoWayRows::parts() const { return (cols_ + kDigitInputs - 1) / kDigitInputs; }

ColumnRange TwoWayRows::part(std::int64_t index) const {
  const std::int64_t first = index * kDigitInputs;
  return {first, std::min(kDigitInputs, cols_ - first)};
}

void TwoWayRows::multiply_transposed(MatrixView a, ColumnRange part, MutableMatrixView c) const {
  SONDE_ASSERT(a.rows <= rows_ && c.rows == a.cols && c.cols == part.count);
  if (!in_digits_) {
    const MatrixView x{floats_.data() + part.first, a.rows, part.count, floats_.cols()};
    return matrix_product(Factor{a, Transpose::yes}, Factor{x}, c);
  }
  thread_local Scratch scratch;
  const TileRegisters registers;
  const DigitRows run = run_at(tiles_.data(), scales_.data(), rows_, part);
  for (std::int64_t i = 0; i < c.rows; i += kRows) {
    const std::int64_t count = std::min(kRows, c.rows - i);
    const MutableMatrixView results{scratch.results.data(), count, run.steps() * kDigitStep, kDigitInputs};
    for (std::int64_t k = 0; k < a.rows; k += kDigitInputs) {
      const std::int64_t inputs = std::min(kDigitInputs, a.rows - k);
      const MutableDigitRows left{scratch.left.data(), scratch.left_scales.data(), inputs};
      const MutableDigitRows right{scratch.right.data(), scratch.ones.data(), inputs};
      cut_weighted_columns({a.data + k * a.stride + i, inputs, count, a.stride},
                           {run.scales + k, static_cast<std::size_t>(inputs)}, left);
      lay_rows(run, k, right);
      multiply_digits({left, right, products_for(a.rows)}, k > 0 ? MatrixView(results) : MatrixView{},
                      results);
    }
    turn_rows_back(results, {c.data + i * c.stride, count, c.cols, c.stride});
  }
}

}  // namespace sonde::kernels
