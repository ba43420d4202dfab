#include "sonde/kernels/rotary.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sonde::kernels {

void rotate(MatrixView x, std::span<const std::int32_t> positions, const Rotation& rotation,
            MutableMatrixView y) {
  const std::int64_t half = static_cast<std::int64_t>(rotation.frequencies.size());
  const std::int64_t still = rotation.head_width - 2 * half;
  std::vector<float> cosine(half), sine(half);
  for (std::int64_t r = 0; r < x.rows; ++r) {
    for (std::int64_t j = 0; j < half; ++j) {
      const float angle = static_cast<float>(positions[r]) * rotation.frequencies[j];
      cosine[j] = std::cos(angle) * rotation.scale;
      sine[j] = std::sin(angle) * rotation.scale;
    }
    for (std::int64_t head = 0; head < x.cols; head += rotation.head_width) {
      const float* in = x.data + r * x.stride + head;
      float* out = y.data + r * y.stride + head;
      for (std::int64_t j = 0; j < half; ++j) {
        const float a = in[j], b = in[j + half];
        out[j] = a * cosine[j] - b * sine[j];
        out[j + half] = b * cosine[j] + a * sine[j];
      }
      if (out != in) std::copy_n(in + 2 * half, still, out + 2 * half);
    }
  }
}

}  // namespace sonde::kernels
