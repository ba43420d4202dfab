// Vectors of sixteen floats as digits need them: which of their lanes are there, and the rotation of
// digits_internal.h with its reverse, 64 numbers in four vectors at a time. For files of this room, which
// include it where they compile for AMX. Each includes <immintrin.h> before.
#pragma once

#include <array>
#include <cstdint>

namespace sonde::kernels {

#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl")

inline constexpr __mmask16 kAllLanes = 0xFFFF;

inline __mmask16 lanes_of(std::int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? kAllLanes : count <= 0 ? 0 : (1 << count) - 1);
}

// The signs of the rotation, drawn once: bit i is the sign of lane i.
inline constexpr std::array<std::uint32_t, 4> kSigns = {0x9A37, 0x4EC5, 0xB1D2, 0x6C89};

inline __m512 signs(std::uint32_t negative) {
  const __m512 one = _mm512_set1_ps(1);
  return _mm512_mask_sub_ps(one, static_cast<__mmask16>(negative), _mm512_setzero_ps(), one);
}

inline void butterfly(__m512& a, __m512& b, __m512 sign) {
  const __m512 sum = _mm512_fmadd_ps(b, sign, a);
  b = _mm512_fnmadd_ps(b, sign, a);
  a = sum;
}

struct Signs {
  __m512 first, second, third, fourth;  // between vectors
  __m512 lane1, lane2, lane4, lane8;    // between lanes that differ in this bit
};

inline Signs make_signs() {
  return {signs(kSigns[0]), signs(kSigns[1]), signs(kSigns[2]), signs(kSigns[3]),
          signs(0xAAAA),    signs(0xCCCC),    signs(0xF0F0),    signs(0xFF00)};
}

inline __m512 rotate_lanes(__m512 x, const Signs& s) {
  x = _mm512_fmadd_ps(x, s.lane1, _mm512_maskz_permute_ps(kAllLanes, x, 0xB1));
  x = _mm512_fmadd_ps(x, s.lane2, _mm512_maskz_permute_ps(kAllLanes, x, 0x4E));
  x = _mm512_fmadd_ps(x, s.lane4, _mm512_maskz_shuffle_f32x4(kAllLanes, x, x, 0xB1));
  return _mm512_fmadd_ps(x, s.lane8, _mm512_maskz_shuffle_f32x4(kAllLanes, x, x, 0x4E));
}

inline void rotate(__m512& a, __m512& b, __m512& c, __m512& d, const Signs& s) {
  butterfly(a, b, s.first);
  butterfly(c, d, s.second);
  butterfly(a, c, s.third);
  butterfly(b, d, s.fourth);
  a = rotate_lanes(a, s);
  b = rotate_lanes(b, s);
  c = rotate_lanes(c, s);
  d = rotate_lanes(d, s);
}

// Undo a butterfly, but for a factor of 2.
inline void undo_butterfly(__m512& a, __m512& b, __m512 sign) {
  const __m512 sum = _mm512_add_ps(a, b);
  b = _mm512_mul_ps(_mm512_sub_ps(a, b), sign);
  a = sum;
}

// Undo the rotation, but for a factor of 64. Between lanes it undoes itself.
inline void undo_rotation(__m512& a, __m512& b, __m512& c, __m512& d, const Signs& s) {
  a = rotate_lanes(a, s);
  b = rotate_lanes(b, s);
  c = rotate_lanes(c, s);
  d = rotate_lanes(d, s);
  undo_butterfly(a, c, s.third);
  undo_butterfly(b, d, s.fourth);
  undo_butterfly(a, b, s.first);
  undo_butterfly(c, d, s.second);
}

#pragma GCC pop_options

}  // namespace sonde::kernels
