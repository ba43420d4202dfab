#include "sonde/kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/cross_entropy.cc"
// clang-format off: foreach_target.h must come before every other header of Highway
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

// Two vectors at a time hide the latency of the running maximum and sum.
float row_maximum(const float* x, std::int64_t k) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Vector most0 = hn::Set(d, x[0]), most1 = most0;
  std::int64_t j = 0;
  for (; j + 2 * lanes <= k; j += 2 * lanes) {
    most0 = hn::Max(most0, hn::LoadU(d, x + j));
    most1 = hn::Max(most1, hn::LoadU(d, x + j + lanes));
  }
  float most = hn::GetLane(hn::MaxOfLanes(d, hn::Max(most0, most1)));
  for (; j < k; ++j) most = std::max(most, x[j]);
  return most;
}

// exp(x) of an x of at most 0, to two units in the last place: 2ⁿ · exp(r) with |r| ≤ ln 2 / 2. What is under
// 1e-25 counts as 0 beside a sum of at least 1: subnormal numbers would slow every product that follows, and
// a trained classifier gives plenty of them. Source: the polynomial and ln 2 in two parts are Cephes' expf.
HWY_INLINE Vector exponential(Tag d, Vector x) {
  const hn::RebindToSigned<Tag> di;
  constexpr float kLeast = -57.5646273f;  // ln 1e-25
  const Vector clamped = hn::Max(x, hn::Set(d, kLeast));
  const Vector n = hn::Round(hn::Mul(clamped, hn::Set(d, 1.44269504088896341f)));
  Vector r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), clamped);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  Vector p = hn::MulAdd(hn::Set(d, 1.9875691500e-4f), r, hn::Set(d, 1.3981999507e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.3334519073e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.1665795894e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.6666665459e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 5.0000001201e-1f));
  p = hn::MulAdd(hn::Mul(r, r), p, hn::Add(r, hn::Set(d, 1.0f)));
  const auto e = hn::Add(hn::BitCast(di, p), hn::ShiftLeft<23>(hn::ConvertTo(di, n)));
  return hn::IfThenElseZero(hn::Ge(x, hn::Set(d, kLeast)), hn::BitCast(d, e));
}

// x ← exp(x − most); gives the sum.
float exponentiate(float* x, std::int64_t k, float most) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Vector shift = hn::Set(d, most);
  Vector sum0 = hn::Zero(d), sum1 = sum0;
  std::int64_t j = 0;
  for (; j + 2 * lanes <= k; j += 2 * lanes) {
    const Vector e0 = exponential(d, hn::Sub(hn::LoadU(d, x + j), shift));
    const Vector e1 = exponential(d, hn::Sub(hn::LoadU(d, x + j + lanes), shift));
    sum0 = hn::Add(sum0, e0);
    sum1 = hn::Add(sum1, e1);
    hn::StoreU(e0, d, x + j);
    hn::StoreU(e1, d, x + j + lanes);
  }
  for (; j < k; j += lanes) {
    HWY_ALIGN float edge[HWY_MAX_BYTES / sizeof(float)];
    std::fill_n(edge, lanes, -std::numeric_limits<float>::max());  // whose exponential is 0
    std::copy_n(x + j, std::min(lanes, k - j), edge);
    const Vector e = exponential(d, hn::Sub(hn::Load(d, edge), shift));
    sum0 = hn::Add(sum0, e);
    hn::Store(e, d, edge);
    std::copy_n(edge, std::min(lanes, k - j), x + j);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
}

void scale(float* x, std::int64_t k, float factor) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Vector by = hn::Set(d, factor);
  std::int64_t j = 0;
  for (; j + lanes <= k; j += lanes) hn::StoreU(hn::Mul(hn::LoadU(d, x + j), by), d, x + j);
  for (; j < k; ++j) x[j] *= factor;
}

double cross_entropy_rows(MutableMatrixView logits, const std::int32_t* labels, float weight) {
  double loss = 0;
  for (std::int64_t i = 0; i < logits.rows; ++i) {
    float* row = logits.data + i * logits.stride;
    const float most = row_maximum(row, logits.cols), own = row[labels[i]];
    const float sum = exponentiate(row, logits.cols, most);
    loss += std::log(static_cast<double>(sum)) - (static_cast<double>(own) - most);
    scale(row, logits.cols, weight / sum);
    row[labels[i]] -= weight;
  }
  return loss;
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {

HWY_EXPORT(cross_entropy_rows);

double cross_entropy(MutableMatrixView logits, std::span<const std::int32_t> labels, float weight) {
  SONDE_ASSERT(static_cast<std::int64_t>(labels.size()) == logits.rows && logits.cols > 0);
  return HWY_DYNAMIC_DISPATCH(cross_entropy_rows)(logits, labels.data(), weight);
}

}  // namespace sonde::kernels
#endif
