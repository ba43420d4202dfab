// With e = e^−|z|, which never overflows: the loss is max(z, 0) + log(1 + e), and the slope 1 / (1 + e) where
// z is positive, e / (1 + e) elsewhere.
#include "sonde/kernels/softplus.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sonde/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/softplus.cc"
// clang-format off: foreach_target.h must come before every other header of Highway
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;

HWY_INLINE void softplus_vector(double* z, double* loss) {
  const DoubleTag d;
  const auto value = hn::LoadU(d, z), one = hn::Set(d, 1.0);
  const auto e = hn::Exp(d, hn::Neg(hn::Abs(value)));
  const auto up = hn::Gt(value, hn::Zero(d));
  hn::StoreU(hn::Add(hn::Max(value, hn::Zero(d)), hn::Log1p(d, e)), d, loss);
  hn::StoreU(hn::Div(hn::IfThenElse(up, one, e), hn::Add(one, e)), d, z);
}

void softplus_all(double* z, double* loss, std::int64_t n) {
  const std::int64_t step = static_cast<std::int64_t>(hn::Lanes(DoubleTag()));
  std::int64_t i = 0;
  for (; i + step <= n; i += step) softplus_vector(z + i, loss + i);
  if (i == n) return;
  std::array<double, HWY_MAX_BYTES / sizeof(double)> last_z{}, last_loss{};
  std::copy(z + i, z + n, last_z.begin());
  softplus_vector(last_z.data(), last_loss.data());
  std::copy_n(last_z.begin(), n - i, z + i);
  std::copy_n(last_loss.begin(), n - i, loss + i);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {
HWY_EXPORT(softplus_all);
}  // namespace

void softplus(std::span<double> z, std::span<double> loss) {
  SONDE_ASSERT(z.size() == loss.size());
  HWY_DYNAMIC_DISPATCH(softplus_all)(z.data(), loss.data(), static_cast<std::int64_t>(z.size()));
}

}  // namespace sonde::kernels
#endif
