#include "sonde/solvers/scaled_rows.h"

#include <algorithm>

#include "sonde/kernels/row_products.h"

namespace sonde::solvers {

DoubleRows scaled_rows(MatrixView x, const ColumnStatistics* scaler, std::int64_t count) {
  DoubleRows scaled{count, x.cols, std::vector<double>(count * x.cols)};
  for (std::int64_t i = 0; i < count; ++i) {
    const float* row = x.data + (i * x.rows / count) * x.stride;
    double* to = scaled.values.data() + i * x.cols;
    for (std::int64_t j = 0; j < x.cols; ++j) to[j] = row[j];
    if (scaler == nullptr) continue;
    for (std::int64_t j = 0; j < x.cols; ++j) to[j] = (to[j] - scaler->mean[j]) / scaler->scale[j];
  }
  return scaled;
}

DoubleRows transposed(const DoubleRows& rows) {
  constexpr std::int64_t kTile = 32;
  DoubleRows turned{rows.cols, rows.rows, std::vector<double>(rows.values.size())};
  for (std::int64_t first = 0; first < rows.rows; first += kTile) {
    const std::int64_t last = std::min(first + kTile, rows.rows);
    for (std::int64_t j = 0; j < rows.cols; ++j) {
      for (std::int64_t i = first; i < last; ++i)
        turned.values[j * rows.rows + i] = rows.values[i * rows.cols + j];
    }
  }
  return turned;
}

std::vector<double> gram_matrix(const DoubleRows& rows) {
  const std::int64_t n = rows.rows, d = rows.cols;
  constexpr std::int64_t kPanel = 32;  // rows at once; above the diagonal little more is computed than needed
  std::vector<double> gram(n * n);
  for (std::int64_t first = 0; first < n; first += kPanel) {
    const std::int64_t count = std::min(kPanel, n - first), last = first + count;
    kernels::row_products(kernels::DoubleView{rows.values.data() + first * d, count, d, d},
                          {rows.values.data(), last, d, d}, {gram.data() + first * n, count, last, n});
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < i; ++j) gram[j * n + i] = gram[i * n + j];
  }
  return gram;
}

}  // namespace sonde::solvers
