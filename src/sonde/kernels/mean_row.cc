#include "sonde/kernels/mean_row.h"

namespace sonde::kernels {

void mean_row(MatrixView x, std::span<float> y) {
  for (std::int64_t j = 0; j < x.cols; ++j) {
    double sum = 0;
    for (std::int64_t i = 0; i < x.rows; ++i) sum += x.data[i * x.stride + j];
    y[static_cast<std::size_t>(j)] = static_cast<float>(sum / static_cast<double>(x.rows));
  }
}

}  // namespace sonde::kernels
