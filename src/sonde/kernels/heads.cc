#include "sonde/kernels/heads.h"

#include <algorithm>

namespace sonde::kernels {

void take_heads(MatrixView x, const HeadPart& part, MutableMatrixView y) {
  for (std::int64_t r = 0; r < x.rows; ++r) {
    const float* in = x.data + r * x.stride + part.first;
    float* out = y.data + r * y.stride;
    for (std::int64_t head = 0; head < x.cols; head += part.stride, out += part.width)
      std::copy_n(in + head, part.width, out);
  }
}

}  // namespace sonde::kernels
