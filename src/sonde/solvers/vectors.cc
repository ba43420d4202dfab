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
  for (std::int64_t l = 0; l < size - j; ++l) lanes[l] += a[j + l] * b[j + l];
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::int64_t l = 0; l < half; ++l) lanes[l] += lanes[half + l];
  }
  return lanes[0];
}

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void accumulate(double* target, double factor, const double* values, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) target[j] += factor * values[j];
}

// Four rows in one pass over the target, added in turn.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void accumulate_four(double* target, const double* factors, const double* rows, std::int64_t stride,
                     std::int64_t size) {
  const double *const a = rows, *const b = a + stride, *const c = b + stride, *const d = c + stride;
  const double of_a = factors[0], of_b = factors[1], of_c = factors[2], of_d = factors[3];
  for (std::int64_t j = 0; j < size; ++j)
    target[j] = target[j] + of_a * a[j] + of_b * b[j] + of_c * c[j] + of_d * d[j];
}

}  // namespace

double dot(std::span<const double> a, std::span<const double> b) {
  return product(a.data(), b.data(), static_cast<std::int64_t>(a.size()));
}

void add_scaled(std::span<double> target, double factor, std::span<const double> values) {
  accumulate(target.data(), factor, values.data(), static_cast<std::int64_t>(target.size()));
}

void add_rows(std::span<double> target, std::span<const double> factors, const double* rows,
              std::int64_t stride) {
  const auto count = static_cast<std::int64_t>(factors.size()),
             size = static_cast<std::int64_t>(target.size());
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    accumulate_four(target.data(), factors.data() + i, rows + i * stride, stride, size);
  for (; i < count; ++i) accumulate(target.data(), factors[i], rows + i * stride, size);
}

double quadratic_form(const SymmetricMatrix& a, std::span<const double> u) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double* const row = a.row(i);
    const std::size_t after = static_cast<std::size_t>(a.size() - i - 1);
    sum += u[i] * (row[i] * u[i] + 2 * dot({row + i + 1, after}, u.subspan(i + 1)));
  }
  return sum;
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

}  // namespace sonde::solvers
