#include "sonde/solvers/running_scaler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sonde::solvers {
namespace {

// The loops are compiled once per SIMD level. Every element is computed on its own with contraction off, so
// that every level gives the same bits.

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void add(const float* x, double* sum, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) sum[j] += x[j];
}

// Add x − sum/m to `centred` and its square to `squared`.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void add_centred(const float* x, const double* mean, double* centred, double* squared, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) {
    const double difference = x[j] - mean[j];
    centred[j] += difference;
    squared[j] += difference * difference;
  }
}

// What one column knows before and after a batch.
struct Columns {
  double *mean, *variance, *scale, *inverse;
  const double *sum, *centred, *squared;
};

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void merge(const Columns& columns, double last, double added, std::int64_t d) {
  constexpr double kEps = std::numeric_limits<double>::epsilon();
  const Columns c = columns;
  const double n = last + added, ratio = last == 0 ? 1.0 : last / added;
  const double between = last == 0 ? 0.0 : ratio / n;
  for (std::int64_t j = 0; j < d; ++j) {
    const double last_sum = c.mean[j] * last, gap = last_sum / ratio - c.sum[j];
    const double within = c.squared[j] - c.centred[j] * c.centred[j] / added;
    const double variance = (c.variance[j] * last + within + between * (gap * gap)) / n;
    const double mean = (last_sum + c.sum[j]) / n, rounding = n * mean * kEps;
    const double root = std::sqrt(variance);
    const double scale = variance <= n * kEps * variance + rounding * rounding ? 1.0 : root;
    c.mean[j] = mean;
    c.variance[j] = variance;
    c.scale[j] = scale;
    c.inverse[j] = 1.0 / scale;
  }
}

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void scale_row(const float* x, const double* mean, const double* inverse, double* out, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) out[j] = (x[j] - mean[j]) * inverse[j];
}

}  // namespace

RunningScaler::RunningScaler(std::int64_t width)
    : mean_(width),
      variance_(width),
      scale_(width, 1.0),
      inverse_(width, 1.0),
      sum_(width),
      centred_(width),
      squared_(width) {}

void RunningScaler::update(MatrixView x, std::span<const std::int64_t> picked) {
  if (picked.empty()) return;
  const auto d = static_cast<std::int64_t>(mean_.size());
  SONDE_ASSERT(x.cols == d);
  const double added = static_cast<double>(picked.size());
  for (std::vector<double>* sums : {&sum_, &centred_, &squared_}) std::ranges::fill(*sums, 0.0);
  for (const std::int64_t row : picked) add(x.row(row).data(), sum_.data(), d);
  // The batch's own mean takes the place of `scale`, which is written anew below.
  for (std::int64_t j = 0; j < d; ++j) scale_[j] = sum_[j] / added;
  for (const std::int64_t row : picked)
    add_centred(x.row(row).data(), scale_.data(), centred_.data(), squared_.data(), d);
  merge({mean_.data(), variance_.data(), scale_.data(), inverse_.data(), sum_.data(), centred_.data(),
         squared_.data()},
        static_cast<double>(rows_), added, d);
  rows_ += static_cast<std::int64_t>(picked.size());
}

void RunningScaler::transform(std::span<const float> row, std::span<double> out) const {
  scale_row(row.data(), mean_.data(), inverse_.data(), out.data(), static_cast<std::int64_t>(mean_.size()));
}

}  // namespace sonde::solvers
