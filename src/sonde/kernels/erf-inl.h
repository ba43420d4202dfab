// The error function of a vector, for the exact gelu and its slope.
//
// Included once per SIMD target (no #pragma once).

#if defined(SONDE_KERNELS_ERF_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SONDE_KERNELS_ERF_INL_H_
#undef SONDE_KERNELS_ERF_INL_H_
#else
#define SONDE_KERNELS_ERF_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// erf(z) = z·p(z²)/q(z²) for |z| ≤ 3.925, beyond which erf is ±1 to float precision. Coefficients:
// iteratively reweighted least squares on the relative error, 4,000 Chebyshev points.
template <class Tag, class Vector = hn::Vec<Tag>>
HWY_INLINE Vector erf(Tag d, Vector x) {
  const Vector z = hn::Min(hn::Max(x, hn::Set(d, -3.925f)), hn::Set(d, 3.925f));
  const Vector u = hn::Mul(z, z);
  Vector p = hn::Set(d, 1.9869287e-08f);
  p = hn::MulAdd(p, u, hn::Set(d, -1.9565812e-06f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.00014217195f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.0037192267f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.050631367f));
  p = hn::MulAdd(p, u, hn::Set(d, 0.20036633f));
  p = hn::MulAdd(p, u, hn::Set(d, 1.1283791f));
  Vector q = hn::Set(d, 0.0009599774f);
  q = hn::MulAdd(q, u, hn::Set(d, 0.014390125f));
  q = hn::MulAdd(q, u, hn::Set(d, 0.11518047f));
  q = hn::MulAdd(q, u, hn::Set(d, 0.5109017f));
  q = hn::MulAdd(q, u, hn::Set(d, 1.0f));
  return hn::Div(hn::Mul(z, p), q);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
