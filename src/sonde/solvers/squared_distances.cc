#include "sonde/solvers/squared_distances.h"

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/kernels/product.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kLanes = 16;

// Σ (a − b)² in lanes that a compiler turns into vectors; the same bits on each level.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
double squared_distance(const float* a, const float* b, std::int64_t size) {
  double lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= size; j += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) {
      const double apart = static_cast<double>(a[j + l]) - b[j + l];
      lanes[l] += apart * apart;
    }
  }
  for (std::int64_t l = 0; j < size; ++j, ++l) {
    const double apart = static_cast<double>(a[j]) - b[j];
    lanes[l] += apart * apart;
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

SquaredDistances::SquaredDistances(MatrixView x) : x_(x.rows, x.cols), squares_(x.rows) {
  std::vector<double> mean(x.cols);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t j = 0; j < x.cols; ++j) mean[j] += x.data[i * x.stride + j];
  }
  for (double& value : mean) value /= static_cast<double>(x.rows);
  const std::vector<float> origin(x.cols);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    float* row = x_.data() + i * x.cols;
    for (std::int64_t j = 0; j < x.cols; ++j) row[j] = static_cast<float>(x.data[i * x.stride + j] - mean[j]);
    squares_[i] = static_cast<float>(squared_distance(row, origin.data(), x.cols));
  }
}

void SquaredDistances::from(std::int64_t block, MutableMatrixView out) const {
  const std::int64_t first = block * kBlock, d = x_.cols();
  SONDE_ASSERT(out.rows == std::min(kBlock, rows() - first) && out.cols == rows());
  const MatrixView some{x_.data() + first * d, out.rows, d, d};
  kernels::matrix_product({some}, {x_.view(), kernels::Transpose::yes}, out);
  for (std::int64_t i = 0; i < out.rows; ++i) {
    float* row = out.data + i * out.stride;
    const float own = squares_[first + i];
    for (std::int64_t j = 0; j < out.cols; ++j) row[j] = std::max(0.0F, own + squares_[j] - 2 * row[j]);
  }
}

double SquaredDistances::between(std::int64_t i, std::int64_t j) const {
  return squared_distance(x_.row(i).data(), x_.row(j).data(), x_.cols());
}

}  // namespace sonde::solvers
