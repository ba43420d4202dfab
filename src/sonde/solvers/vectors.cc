#include "sonde/solvers/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sonde::solvers {
namespace {

// Compiled once per SIMD level; the sums run in kLanes partial sums that are added in a fixed order.
constexpr std::int64_t kLanes = 32;

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
double product(const double* a, const double* b, std::int64_t size) {
  double lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= size; j += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += a[j + l] * b[j + l];
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; j < size; ++j) sum += a[j] * b[j];
  return sum;
}

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void accumulate(double* target, double factor, const double* values, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) target[j] += factor * values[j];
}

}  // namespace

double dot(std::span<const double> a, std::span<const double> b) {
  return product(a.data(), b.data(), static_cast<std::int64_t>(a.size()));
}

void add_scaled(std::span<double> target, double factor, std::span<const double> values) {
  accumulate(target.data(), factor, values.data(), static_cast<std::int64_t>(target.size()));
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

}  // namespace sonde::solvers
