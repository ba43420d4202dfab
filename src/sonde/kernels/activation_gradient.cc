#include "sonde/kernels/activation_gradient.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/activation_gradient.cc"
// clang-format off: foreach_target.h must come before every other header of Highway
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
#include "sonde/kernels/erf-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

struct ReluSlope {
  HWY_INLINE Vector operator()(Tag d, Vector x) const {
    return hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), hn::Set(d, 1.0f));
  }
};

// (x·Φ(x))' = Φ(x) + x·φ(x)
struct GeluSlope {
  HWY_INLINE Vector operator()(Tag d, Vector x) const {
    const Vector half = hn::Set(d, 0.5f);
    const Vector share = hn::MulAdd(half, erf(d, hn::Mul(x, hn::Set(d, 0.70710678118654752f))), half);
    const Vector density =
        hn::Mul(hn::Set(d, 0.39894228040143268f),
                hn::Exp(d, hn::Max(hn::Mul(hn::Mul(hn::Set(d, -0.5f), x), x), hn::Set(d, -104.0f))));
    return hn::MulAdd(x, density, share);
  }
};

struct SigmoidSlope {
  HWY_INLINE Vector operator()(Tag d, Vector x) const {
    const Vector one = hn::Set(d, 1.0f);
    const Vector power = hn::Exp(d, hn::Min(hn::Neg(x), hn::Set(d, 88.0f)));
    const Vector s = hn::Div(one, hn::Add(one, power));
    return hn::Mul(s, hn::Sub(one, s));
  }
};

template <class Slope>
HWY_INLINE void multiply_slope(const Slope& slope, MatrixView x, MatrixView dy, MutableMatrixView dx) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < dx.rows; ++i) {
    const float* in = x.data + i * x.stride;
    const float* from = dy.data + i * dy.stride;
    float* to = dx.data + i * dx.stride;
    std::int64_t j = 0;
    for (; j + lanes <= dx.cols; j += lanes)
      hn::StoreU(hn::Mul(hn::LoadU(d, from + j), slope(d, hn::LoadU(d, in + j))), d, to + j);
    if (j == dx.cols) continue;
    HWY_ALIGN float edge[2][HWY_MAX_BYTES / sizeof(float)] = {};
    std::copy_n(in + j, dx.cols - j, edge[0]);
    std::copy_n(from + j, dx.cols - j, edge[1]);
    hn::Store(hn::Mul(hn::Load(d, edge[1]), slope(d, hn::Load(d, edge[0]))), d, edge[0]);
    std::copy_n(edge[0], dx.cols - j, to + j);
  }
}

void activation_gradient_rows(Activation activation, MatrixView x, MatrixView dy, MutableMatrixView dx) {
  switch (activation) {
    case Activation::relu:
      return multiply_slope(ReluSlope(), x, dy, dx);
    case Activation::gelu:
      return multiply_slope(GeluSlope(), x, dy, dx);
    case Activation::sigmoid:
      return multiply_slope(SigmoidSlope(), x, dy, dx);
    default:
      SONDE_ASSERT(!"an activation whose slope is known");
  }
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {

HWY_EXPORT(activation_gradient_rows);

void activation_gradient(Activation activation, MatrixView x, MatrixView dy, MutableMatrixView dx) {
  HWY_DYNAMIC_DISPATCH(activation_gradient_rows)(activation, x, dy, dx);
}

}  // namespace sonde::kernels
#endif
