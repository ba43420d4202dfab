#include "sonde/kernels/normalize.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/normalize.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

// The sum over a row of (x−centre)^power, power 1 or 2, in lane order; the rest of the row joins one by one.
template <int kPower>
HWY_INLINE float row_sum(const float* x, std::int64_t size, float centre) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Vector middle = hn::Set(d, centre);
  Vector sum = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const Vector value = hn::Sub(hn::LoadU(d, x + i), middle);
    sum = kPower == 1 ? hn::Add(sum, value) : hn::MulAdd(value, value, sum);
  }
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < size; ++i) total += kPower == 1 ? x[i] - centre : (x[i] - centre) * (x[i] - centre);
  return total;
}

void layer_norm_rows(MatrixView x, const float* scale, const float* shift, float eps, MutableMatrixView y) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const float width = static_cast<float>(x.cols);
  for (std::int64_t r = 0; r < x.rows; ++r) {
    const float* in = x.data + r * x.stride;
    float* out = y.data + r * y.stride;
    const float mean = row_sum<1>(in, x.cols, 0.0f) / width;
    const float inverse = 1.0f / std::sqrt(row_sum<2>(in, x.cols, mean) / width + eps);
    const Vector centre = hn::Set(d, mean), factor = hn::Set(d, inverse);
    std::int64_t i = 0;
    for (; i + lanes <= x.cols; i += lanes) {
      const Vector unit = hn::Mul(hn::Sub(hn::LoadU(d, in + i), centre), factor);
      const Vector start = shift == nullptr ? hn::Zero(d) : hn::LoadU(d, shift + i);
      hn::StoreU(hn::MulAdd(unit, hn::LoadU(d, scale + i), start), d, out + i);
    }
    for (; i < x.cols; ++i)
      out[i] = std::fma((in[i] - mean) * inverse, scale[i], shift == nullptr ? 0.0f : shift[i]);
  }
}

void rms_norm_run(const float* in, const RmsNorm& norm, float* out) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t width = static_cast<std::int64_t>(norm.scale.size());
  const float* scale = norm.scale.data();
  const float mean_square = row_sum<2>(in, width, 0.0f) / static_cast<float>(width);
  const float inverse = 1.0f / std::sqrt(mean_square + norm.eps);
  const Vector factor = hn::Set(d, inverse), offset = hn::Set(d, norm.offset);
  std::int64_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const Vector weight = hn::Add(offset, hn::LoadU(d, scale + i));
    hn::StoreU(hn::Mul(hn::Mul(hn::LoadU(d, in + i), factor), weight), d, out + i);
  }
  for (; i < width; ++i) out[i] = in[i] * inverse * (norm.offset + scale[i]);
}

void rms_norm_rows(MatrixView x, const RmsNorm& norm, MutableMatrixView y) {
  const std::int64_t width = static_cast<std::int64_t>(norm.scale.size());
  for (std::int64_t r = 0; r < x.rows; ++r) {
    for (std::int64_t first = 0; first < x.cols; first += width)
      rms_norm_run(x.data + r * x.stride + first, norm, y.data + r * y.stride + first);
  }
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {
HWY_EXPORT(layer_norm_rows);
HWY_EXPORT(rms_norm_rows);
}  // namespace

void layer_norm(MatrixView x, const float* scale, const float* shift, float eps, MutableMatrixView y) {
  HWY_DYNAMIC_DISPATCH(layer_norm_rows)(x, scale, shift, eps, y);
}

void rms_norm(MatrixView x, const RmsNorm& norm, MutableMatrixView y) {
  HWY_DYNAMIC_DISPATCH(rms_norm_rows)(x, norm, y);
}

}  // namespace sonde::kernels
#endif
