#include "sonde/kernels/digits_internal.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

#include "sonde/kernels/digit_vectors-inl.h"
#include "sonde/kernels/prefetch.h"

namespace sonde::kernels {
namespace {

// The largest whole number; three digits hold 127 · 65536 + 127 · 256 + 127.
constexpr float kLargest = 8355000;
// Scales are at most this, which keeps them finite.
constexpr float kLargestScale = 0x1p126f;
// What a row's whole numbers are multiplied by besides: 8 is how much longer its rotation made it, and of the
// products' smallest weight, 65536, each side brings the root.
constexpr float kBack = 256.0f / 8;

constexpr __mmask8 kAllPairs = 0xFF;
constexpr std::int64_t kLanes = 16, kVectors = kDigitStep / kLanes;
constexpr std::int64_t kRowsAhead = 2;  // that are fetched before their turn

// What stands up to pop_options is compiled for AMX and runs only where it is. No template of a library is
// used there: its code could be shared with the rest of the program. Intrinsics that g++ 12 warns of without
// a mask get one.
#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl")

inline __m512i size_bits(__m512 x) {
  return _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7FFFFFFF));
}

inline __m512i larger(__m512i a, __m512i b) { return _mm512_maskz_max_epu32(kAllLanes, a, b); }

inline std::uint32_t largest_lane(__m512i x) {
  x = larger(x, _mm512_maskz_shuffle_i32x4(kAllLanes, x, x, 0x4E));
  x = larger(x, _mm512_maskz_shuffle_i32x4(kAllLanes, x, x, 0xB1));
  x = larger(x, _mm512_maskz_shuffle_epi32(kAllLanes, x, _MM_PERM_BADC));
  x = larger(x, _mm512_maskz_shuffle_epi32(kAllLanes, x, _MM_PERM_CDAB));
  return static_cast<std::uint32_t>(_mm512_cvtsi512_si32(x));
}

// Rotate a row, 64 inputs at a time, and give the bits of its largest size, which NaN and infinity exceed.
inline std::uint32_t rotate_row(const float* x, std::int64_t inputs, const Signs& s, float* out) {
  __m512i largest = _mm512_setzero_si512();
  for (std::int64_t k = 0; k < inputs; k += kDigitStep, out += kDigitStep) {
    const float* at = x + k;
    const std::int64_t left = inputs - k;
    __m512 a = _mm512_maskz_loadu_ps(lanes_of(left), at);
    __m512 b = _mm512_maskz_loadu_ps(lanes_of(left - kLanes), at + kLanes);
    __m512 c = _mm512_maskz_loadu_ps(lanes_of(left - 2 * kLanes), at + 2 * kLanes);
    __m512 d = _mm512_maskz_loadu_ps(lanes_of(left - 3 * kLanes), at + 3 * kLanes);
    rotate(a, b, c, d, s);
    largest = larger(largest, larger(larger(size_bits(a), size_bits(b)), larger(size_bits(c), size_bits(d))));
    _mm512_store_ps(out, a);
    _mm512_store_ps(out + kLanes, b);
    _mm512_store_ps(out + 2 * kLanes, c);
    _mm512_store_ps(out + 3 * kLanes, d);
  }
  return largest_lane(largest);
}

// Byte i of each lane from vector i, vectors in turn.
inline __m512i gather_bytes(__m512i a, __m512i b, __m512i c, __m512i d) {
  constexpr __mmask64 kEveryFourth = 0x1111111111111111;
  const __m512i ab = _mm512_mask_blend_epi8(kEveryFourth << 1, a, b);
  return _mm512_mask_blend_epi8(kEveryFourth << 3, _mm512_mask_blend_epi8(kEveryFourth << 2, ab, c), d);
}

// Whole numbers, of which each byte is a digit + 128: a digit to base 256 lies in -128 … 127.
inline __m512i whole(const float* x, __m512 scale) {
  const __m512i number = _mm512_maskz_cvtps_epi32(kAllLanes, _mm512_mul_ps(_mm512_load_ps(x), scale));
  return _mm512_add_epi32(number, _mm512_set1_epi32(0x808080));
}

// Store the digits of four vectors, the largest first, a tile apart: byte 4·i + v is number i of vector v.
inline void store_digits(__m512i a, __m512i b, __m512i c, __m512i d, std::int8_t* out) {
  const __m512i middle = _mm512_set1_epi8(static_cast<char>(0x80));
  b = _mm512_maskz_rol_epi32(kAllLanes, b, 8);
  c = _mm512_maskz_rol_epi32(kAllLanes, c, 16);
  d = _mm512_maskz_rol_epi32(kAllLanes, d, 24);
  const __m512i low = gather_bytes(a, b, c, d);
  const __m512i mid = _mm512_maskz_ror_epi32(kAllLanes, gather_bytes(d, a, b, c), 8);
  const __m512i high = _mm512_maskz_ror_epi32(kAllLanes, gather_bytes(c, d, a, b), 16);
  _mm512_storeu_si512(out, _mm512_xor_si512(high, middle));
  _mm512_storeu_si512(out + kTileSize, _mm512_xor_si512(mid, middle));
  _mm512_storeu_si512(out + 2 * kTileSize, _mm512_xor_si512(low, middle));
}

// Cut a rotated row. out: [steps][kDigits], a tile apart.
inline void cut_row(const float* x, std::int64_t steps, float scale_of_row, std::int8_t* out) {
  const __m512 scale = _mm512_set1_ps(scale_of_row);
  for (std::int64_t s = 0; s < steps; ++s, x += kDigitStep, out += kDigits * kTileSize) {
    store_digits(whole(x, scale), whole(x + kLanes, scale), whole(x + 2 * kLanes, scale),
                 whole(x + 3 * kLanes, scale), out);
  }
}

// Give what a row is multiplied by before it is cut, and what its products are multiplied by.
struct RowScale {
  float to_whole, back;
};

inline RowScale row_scale(std::uint32_t largest_bits) {
  if (largest_bits >= 0x7F800000u) return {0, __builtin_nanf("")};
  const float largest = __builtin_bit_cast(float, largest_bits);
  const float wanted = kLargest / largest;
  const float scale = wanted < kLargestScale ? wanted : kLargestScale;
  return {scale, kBack / scale};
}

// Cut one row of at most kDigitInputs; give what its products are multiplied by.
inline float cut(const float* x, std::int64_t inputs, const Signs& s, std::int8_t* out) {
  alignas(64) float rotated[kDigitInputs];
  const RowScale scale = row_scale(rotate_row(x, inputs, s, rotated));
  cut_row(rotated, (inputs + kDigitStep - 1) / kDigitStep, scale.to_whole, out);
  return scale.back;
}

inline void cut_into(const float* x, std::int64_t row, const Signs& s, const MutableDigitRows& out) {
  std::int8_t* const to = out.tiles + row / kTileRows * out.bytes() + row % kTileRows * kTileBytes;
  out.scales[row] = cut(x, out.inputs, s, to);
}

void cut_every_row(MatrixView x, const MutableDigitRows& out) {
  const Signs s = make_signs();
  for (std::int64_t i = 0; i < x.rows; ++i) {
    if (i + kRowsAhead < x.rows) prefetch(x.data + (i + kRowsAhead) * x.stride, x.cols);
    cut_into(x.data + i * x.stride, i, s, out);
  }
}

void cut_runs(const float* x, std::int64_t row, std::span<const MutableDigitRows> runs) {
  const Signs s = make_signs();
  for (std::size_t r = 0; r < runs.size(); x += runs[r].inputs, ++r) cut_into(x, row, s, runs[r]);
}

// Rotate 64 rows of 16 columns along the columns, as rotate_row does along a row. x: [64][16].
inline void rotate_columns(float* x) {
  const __m512 one = _mm512_set1_ps(1), minus = _mm512_set1_ps(-1);
  for (std::int64_t i = 0; i < kLanes; ++i) {
    float* const at = x + i * kLanes;
    __m512 v[kVectors];
    for (std::int64_t q = 0; q < kVectors; ++q) v[q] = _mm512_load_ps(at + q * kLanes * kLanes);
    butterfly(v[0], v[1], kSigns[0] >> i & 1 ? minus : one);
    butterfly(v[2], v[3], kSigns[1] >> i & 1 ? minus : one);
    butterfly(v[0], v[2], kSigns[2] >> i & 1 ? minus : one);
    butterfly(v[1], v[3], kSigns[3] >> i & 1 ? minus : one);
    for (std::int64_t q = 0; q < kVectors; ++q) _mm512_store_ps(at + q * kLanes * kLanes, v[q]);
  }
  for (std::int64_t q = 0; q < kVectors; ++q) {
    float* const at = x + q * kLanes * kLanes;
    __m512 v[kLanes];
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < kLanes; ++i) v[i] = _mm512_load_ps(at + i * kLanes);
#pragma GCC unroll 4
    for (std::int64_t bit = 1; bit < kLanes; bit *= 2) {
#pragma GCC unroll 16
      for (std::int64_t i = 0; i < kLanes; ++i) {
        if (i & bit) continue;
        const __m512 sum = _mm512_add_ps(v[i], v[i | bit]);
        v[i | bit] = _mm512_sub_ps(v[i], v[i | bit]);
        v[i] = sum;
      }
    }
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < kLanes; ++i) _mm512_store_ps(at + i * kLanes, v[i]);
  }
}

// Swap rows and columns of the four-byte groups of a tile.
inline void transpose_tile(const std::int8_t* from, std::int8_t* to) {
  __m512i v[16], w[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) v[i] = _mm512_loadu_si512(from + i * kTileBytes);
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    w[i] = _mm512_maskz_unpacklo_epi32(kAllLanes, v[i], v[i + 1]);
    w[i + 1] = _mm512_maskz_unpackhi_epi32(kAllLanes, v[i], v[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    v[i] = _mm512_maskz_unpacklo_epi64(kAllPairs, w[i], w[i + 2]);
    v[i + 1] = _mm512_maskz_unpackhi_epi64(kAllPairs, w[i], w[i + 2]);
    v[i + 2] = _mm512_maskz_unpacklo_epi64(kAllPairs, w[i + 1], w[i + 3]);
    v[i + 3] = _mm512_maskz_unpackhi_epi64(kAllPairs, w[i + 1], w[i + 3]);
  }
  // v[4·g + c] holds column c of each quarter, rows 4·g … 4·g + 3.
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512i low01 = _mm512_maskz_shuffle_i32x4(kAllLanes, v[c], v[4 + c], 0x88);
    const __m512i high01 = _mm512_maskz_shuffle_i32x4(kAllLanes, v[c], v[4 + c], 0xDD);
    const __m512i low23 = _mm512_maskz_shuffle_i32x4(kAllLanes, v[8 + c], v[12 + c], 0x88);
    const __m512i high23 = _mm512_maskz_shuffle_i32x4(kAllLanes, v[8 + c], v[12 + c], 0xDD);
    w[c] = _mm512_maskz_shuffle_i32x4(kAllLanes, low01, low23, 0x88);
    w[8 + c] = _mm512_maskz_shuffle_i32x4(kAllLanes, low01, low23, 0xDD);
    w[4 + c] = _mm512_maskz_shuffle_i32x4(kAllLanes, high01, high23, 0x88);
    w[12 + c] = _mm512_maskz_shuffle_i32x4(kAllLanes, high01, high23, 0xDD);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) _mm512_storeu_si512(to + i * kTileBytes, w[i]);
}

void transpose_tiles(const std::int8_t* from, std::int64_t count, std::int8_t* to) {
  for (std::int64_t i = 0; i < count; ++i) transpose_tile(from + i * kTileSize, to + i * kTileSize);
}

// row_scale() of 16 columns.
struct ColumnScales {
  __m512 to_whole, back;
};

inline ColumnScales column_scales(__m512i largest_bits) {
  const __m512 largest = _mm512_castsi512_ps(largest_bits);
  const __mmask16 finite = _mm512_cmplt_epu32_mask(largest_bits, _mm512_set1_epi32(0x7F800000));
  const __m512 wanted = _mm512_div_ps(_mm512_set1_ps(kLargest), largest);
  const __m512 scale = _mm512_maskz_min_ps(finite, wanted, _mm512_set1_ps(kLargestScale));
  const __m512 back = _mm512_div_ps(_mm512_set1_ps(kBack), scale);
  return {scale, _mm512_mask_mov_ps(_mm512_set1_ps(__builtin_nanf("")), finite, back)};
}

// Cut 64 rotated rows of 16 columns into tiles of the right side. x: [64][16].
inline void cut_step(const float* x, __m512 scale, std::int8_t* out) {
  for (std::int64_t i = 0; i < kLanes; ++i, x += kLanes, out += kTileBytes) {
    store_digits(whole(x, scale), whole(x + 256, scale), whole(x + 512, scale), whole(x + 768, scale), out);
  }
}

// What is taken away from 16 columns: the centre rounded to floats, and what that leaves out.
struct Centres {
  __m512 high, low;
};

inline Centres no_centres() { return {_mm512_setzero_ps(), _mm512_setzero_ps()}; }

inline Centres make_centres(const double* centre, __mmask16 lanes) {
  alignas(64) float high[kLanes] = {}, low[kLanes] = {};
  for (std::int64_t j = 0; j < kLanes; ++j) {
    if (!(lanes >> j & 1)) continue;
    high[j] = static_cast<float>(centre[j]);
    low[j] = static_cast<float>(centre[j] - high[j]);
  }
  return {_mm512_load_ps(high), _mm512_load_ps(low)};
}

// Cut up to 16 columns, whose lanes are `lanes`, into tiles of the right side.
inline void cut_16_columns(const float* x, std::int64_t stride, __mmask16 lanes, const Centres& centres,
                           const MutableDigitRows& out) {
  alignas(64) float rotated[kDigitInputs * kLanes];
  __m512i largest = _mm512_setzero_si512();
  const std::int64_t rows = out.steps() * kDigitStep;
  for (std::int64_t k = 0; k < rows; ++k) {
    const __mmask16 there = k < out.inputs ? lanes : __mmask16{0};
    // The columns that come next.
    if (k < out.inputs) _mm_prefetch(reinterpret_cast<const char*>(x + k * stride + kLanes), _MM_HINT_T0);
    const __m512 value = _mm512_maskz_loadu_ps(there, x + k * stride);
    _mm512_store_ps(rotated + k * kLanes,
                    _mm512_maskz_sub_ps(there, _mm512_sub_ps(value, centres.high), centres.low));
  }
  for (std::int64_t k = 0; k < rows; k += kDigitStep) rotate_columns(rotated + k * kLanes);
  for (std::int64_t k = 0; k < rows; ++k)
    largest = larger(largest, size_bits(_mm512_load_ps(rotated + k * kLanes)));
  const ColumnScales scales = column_scales(largest);
  _mm512_storeu_ps(out.scales, scales.back);
  for (std::int64_t s = 0; s < out.steps(); ++s)
    cut_step(rotated + s * kDigitStep * kLanes, scales.to_whole, out.tiles + s * kDigits * kTileSize);
}

// Cut up to 16 columns, each row times its factor, into tiles of the right side, and do not rotate them.
inline void cut_16_weighted(const float* x, std::int64_t stride, __mmask16 lanes, const float* factors,
                            const MutableDigitRows& out) {
  alignas(64) float values[kDigitInputs * kLanes];
  __m512i largest = _mm512_setzero_si512();
  for (std::int64_t k = 0; k < out.steps() * kDigitStep; ++k) {
    const __mmask16 there = k < out.inputs ? lanes : __mmask16{0};
    const __m512 factor = _mm512_set1_ps(k < out.inputs ? factors[k] : 0.0f);
    const __m512 value = _mm512_mul_ps(_mm512_maskz_loadu_ps(there, x + k * stride), factor);
    largest = larger(largest, size_bits(value));
    _mm512_store_ps(values + k * kLanes, value);
  }
  const ColumnScales scales = column_scales(largest);
  _mm512_storeu_ps(out.scales, scales.back);
  for (std::int64_t s = 0; s < out.steps(); ++s)
    cut_step(values + s * kDigitStep * kLanes, scales.to_whole, out.tiles + s * kDigits * kTileSize);
}

void cut_weighted(MatrixView x, const float* factors, const MutableDigitRows& out) {
  for (std::int64_t j = 0; j < x.cols; j += kTileRows) {
    const MutableDigitRows tile{out.tiles + j / kTileRows * out.bytes(), out.scales + j, out.inputs};
    cut_16_weighted(x.data + j, x.stride, lanes_of(x.cols - j), factors, tile);
  }
}

// `centre` may be null: nothing is taken away.
void cut_every_column(MatrixView x, const double* centre, const MutableDigitRows& out) {
  for (std::int64_t j = 0; j < x.cols; j += kTileRows) {
    const MutableDigitRows tile{out.tiles + j / kTileRows * out.bytes(), out.scales + j, out.inputs};
    const __mmask16 lanes = lanes_of(x.cols - j);
    const Centres centres = centre == nullptr ? no_centres() : make_centres(centre + j, lanes);
    cut_16_columns(x.data + j, x.stride, lanes, centres, tile);
  }
}

#pragma GCC pop_options

std::int64_t tiles_of(std::int64_t rows, const DigitRows& out) {
  return (rows + kTileRows - 1) / kTileRows * out.steps() * kDigits;
}

}  // namespace

void cut_rows(MatrixView x, DigitSide side, const MutableDigitRows& out) {
  SONDE_ASSERT(x.cols == out.inputs && out.inputs <= kDigitInputs);
  cut_every_row(x, out);
  if (side == DigitSide::right) lay_for_other_side(out, x.rows, out.tiles);
}

void cut_columns(MatrixView x, DigitSide side, const MutableDigitRows& out) { cut_columns(x, {}, side, out); }

void cut_columns(MatrixView x, std::span<const double> centre, DigitSide side, const MutableDigitRows& out) {
  SONDE_ASSERT(x.rows == out.inputs && out.inputs <= kDigitInputs);
  SONDE_ASSERT(centre.empty() || static_cast<std::int64_t>(centre.size()) == x.cols);
  cut_every_column(x, centre.data(), out);
  if (side == DigitSide::left) lay_for_other_side(out, x.cols, out.tiles);
}

void cut_row(const float* x, std::int64_t row, std::span<const MutableDigitRows> runs) {
  cut_runs(x, row, runs);
}

void cut_weighted_columns(MatrixView x, std::span<const float> factors, const MutableDigitRows& out) {
  SONDE_ASSERT(x.rows == out.inputs && std::ssize(factors) == x.rows && out.inputs <= kDigitInputs);
  cut_weighted(x, factors.data(), out);
  lay_for_other_side(out, x.cols, out.tiles);
}

void lay_for_other_side(const DigitRows& digits, std::int64_t rows, std::int8_t* to) {
  transpose_tiles(digits.tiles, tiles_of(rows, digits), to);
}

}  // namespace sonde::kernels

#else

namespace sonde::kernels {

void cut_rows(MatrixView, DigitSide, const MutableDigitRows&) { SONDE_ASSERT(!"no AMX here"); }
void cut_columns(MatrixView, DigitSide, const MutableDigitRows&) { SONDE_ASSERT(!"no AMX here"); }
void cut_columns(MatrixView, std::span<const double>, DigitSide, const MutableDigitRows&) {
  SONDE_ASSERT(!"no AMX here");
}
void cut_row(const float*, std::int64_t, std::span<const MutableDigitRows>) { SONDE_ASSERT(!"no AMX here"); }
void cut_weighted_columns(MatrixView, std::span<const float>, const MutableDigitRows&) {
  SONDE_ASSERT(!"no AMX here");
}
void lay_for_other_side(const DigitRows&, std::int64_t, std::int8_t*) { SONDE_ASSERT(!"no AMX here"); }

}  // namespace sonde::kernels

#endif
