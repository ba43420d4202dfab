#include "sonde/kernels/rotary.h"

#include <cmath>
#include <vector>

namespace sonde::kernels {

void rotate(MatrixView x, std::span<const std::int32_t> positions, std::span<const float> frequencies,
            MutableMatrixView y) {
  const std::int64_t half = static_cast<std::int64_t>(frequencies.size());
  std::vector<float> cosine(half), sine(half);
  for (std::int64_t r = 0; r < x.rows; ++r) {
    for (std::int64_t j = 0; j < half; ++j) {
      const float angle = static_cast<float>(positions[r]) * frequencies[j];
      cosine[j] = std::cos(angle);
      sine[j] = std::sin(angle);
    }
    for (std::int64_t head = 0; head < x.cols; head += 2 * half) {
      const float* in = x.data + r * x.stride + head;
      float* out = y.data + r * y.stride + head;
      for (std::int64_t j = 0; j < half; ++j) {
        const float a = in[j], b = in[j + half];
        out[j] = a * cosine[j] - b * sine[j];
        out[j + half] = b * cosine[j] + a * sine[j];
      }
    }
  }
}

}  // namespace sonde::kernels
