#include "sonde/replay/torch_box_muller.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace sonde::replay {
namespace {

// Horner's scheme with one rounding a step, highest power first.
template <std::size_t N>
float polynomial(const float (&coefficients)[N], float x) {
  float sum = coefficients[0];
  for (std::size_t i = 1; i < N; ++i) sum = std::fma(sum, x, coefficients[i]);
  return sum;
}

// For x in (0, 1]: log of x = m · 2^e with m in [√½, √2).
float log_of(float x) {
  constexpr float kTerms[] = {7.0376836292E-2f,  -1.1514610310E-1f, 1.1676998740E-1f,
                              -1.2420140846E-1f, 1.4249322787E-1f,  -1.6668057665E-1f,
                              2.0000714765E-1f,  -2.4999993993E-1f, 3.3333331174E-1f};
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(std::max(x, 0x1p-126f));
  auto exponent = static_cast<float>(static_cast<std::int32_t>(bits >> 23) - 126);
  float m = std::bit_cast<float>((bits & 0x007fffffu) | 0x3f000000u);
  if (m < 0.707106781186547524f) {
    exponent -= 1;
    m = (m - 1) + m;
  } else {
    m -= 1;
  }
  const float square = m * m;
  float y = polynomial(kTerms, m) * m;
  y = std::fma(y, square, exponent * -2.12194440e-4f);
  y = std::fma(-square, 0.5f, y);
  return std::fma(exponent, 0.693359375f, m + y);
}

struct SineCosine {
  float sine, cosine;
};

// For x ≥ 0: x less the nearest even multiple of π/4 in three parts, then one polynomial each.
SineCosine sine_cosine(float x) {
  constexpr float kSine[] = {-1.9515295891E-4f, 8.3321608736E-3f, -1.6666654611E-1f};
  constexpr float kCosine[] = {2.443315711809948E-005f, -1.388731625493765E-003f, 4.166664568298827E-002f};
  const std::int32_t octant = (static_cast<std::int32_t>(x * 1.27323954473516f) + 1) & ~1;
  const auto whole = static_cast<float>(octant);
  float rest = std::fma(whole, -0.78515625f, x);
  rest = std::fma(whole, -2.4187564849853515625e-4f, rest);
  rest = std::fma(whole, -3.77489497744594108e-8f, rest);
  const float square = rest * rest;
  const float cosine = std::fma(polynomial(kCosine, square) * square, square, -(square * 0.5f)) + 1;
  const float sine = std::fma(polynomial(kSine, square) * square, rest, rest);
  SineCosine both = (octant & 2) == 0 ? SineCosine{sine, cosine} : SineCosine{cosine, sine};
  if ((octant & 4) != 0) both.sine = -both.sine;
  if (((octant - 2) & 4) == 0) both.cosine = -both.cosine;
  return both;
}

}  // namespace

void torch_box_muller(float* sixteen, TorchNormal<float> normal) {
  for (int j = 0; j < 8; ++j) {
    const float radius = std::sqrt(-2 * log_of(1 - sixteen[j]));
    const SineCosine at = sine_cosine(static_cast<float>(2 * std::numbers::pi) * sixteen[j + 8]);
    sixteen[j] = std::fma(radius * at.cosine, normal.deviation, normal.mean);
    sixteen[j + 8] = std::fma(radius * at.sine, normal.deviation, normal.mean);
  }
}

void torch_box_muller(double* sixteen, TorchNormal<double> normal) {
  for (int j = 0; j < 8; ++j) {
    const double radius = std::sqrt(-2 * std::log(1 - sixteen[j]));
    const double angle = 2 * std::numbers::pi * sixteen[j + 8];
    sixteen[j] = std::fma(radius * std::cos(angle), normal.deviation, normal.mean);
    sixteen[j + 8] = std::fma(radius * std::sin(angle), normal.deviation, normal.mean);
  }
}

}  // namespace sonde::replay
