// Repulsion takes kRows points at once against vectors of others, so that each load serves several. A
// quotient is an approximate reciprocal, refined by one Newton step: 23 bits or more, where a division costs
// several times as much.
#include "sonde/kernels/student_forces.h"

#include <algorithm>

#include "sonde/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/student_forces.cc"
// clang-format off: foreach_target.h must come before every other header of Highway
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using IndexTag = hn::RebindToSigned<Tag>;
using Vector = hn::Vec<Tag>;
constexpr int kRows = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

HWY_INLINE std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(Tag())); }

HWY_INLINE Vector reciprocal(Vector x) {
  const Vector guess = hn::ApproximateReciprocal(x);
  return hn::Mul(guess, hn::NegMulAdd(x, guess, hn::Set(Tag(), 2.0F)));
}

template <int kDims>
HWY_INLINE Vector similarity(const Vector (&apart)[kDims]) {
  Vector square = hn::Set(Tag(), 1.0F);
  for (int c = 0; c < kDims; ++c) square = hn::MulAdd(apart[c], apart[c], square);
  return reciprocal(square);
}

// Sums of kCount points from `i` on; a point meets itself too, with q = 1 and no force.
template <int kDims, int kCount>
HWY_INLINE void repel(const PointsView& points, std::int64_t i, float* forces, float* sums) {
  const Tag d;
  const std::int64_t stride = points.stride(), step = lanes();
  Vector own[kCount][kDims], force[kCount][kDims], sum[kCount];
  for (int r = 0; r < kCount; ++r) {
    sum[r] = hn::Zero(d);
    for (int c = 0; c < kDims; ++c) {
      own[r][c] = hn::Set(d, points.values[c * stride + i + r]);
      force[r][c] = hn::Zero(d);
    }
  }
  for (std::int64_t j = 0; j < points.count; j += step) {
    Vector other[kDims];
    for (int c = 0; c < kDims; ++c) other[c] = hn::Load(d, points.values + c * stride + j);
    for (int r = 0; r < kCount; ++r) {
      Vector apart[kDims];
      for (int c = 0; c < kDims; ++c) apart[c] = hn::Sub(own[r][c], other[c]);
      const Vector q = similarity<kDims>(apart), square = hn::Mul(q, q);
      sum[r] = hn::Add(sum[r], q);
      for (int c = 0; c < kDims; ++c) force[r][c] = hn::MulAdd(square, apart[c], force[r][c]);
    }
  }
  for (int r = 0; r < kCount; ++r) {
    sums[i + r] = hn::GetLane(hn::SumOfLanes(d, sum[r])) - 1.0F;
    for (int c = 0; c < kDims; ++c) forces[c * stride + i + r] = hn::GetLane(hn::SumOfLanes(d, force[r][c]));
  }
}

template <int kDims>
HWY_INLINE void repel_all(const PointsView& points, const PointRange& range, float* forces, float* sums) {
  std::int64_t i = range.first;
  for (; i + kRows <= range.last; i += kRows) repel<kDims, kRows>(points, i, forces, sums);
  for (; i < range.last; ++i) repel<kDims, 1>(points, i, forces, sums);
}

void repulsion(const PointsView& points, const PointRange& range, float* forces, float* sums) {
  if (points.dims == 2) return repel_all<2>(points, range, forces, sums);
  repel_all<3>(points, range, forces, sums);
}

// Calls work(weights, apart, q) for the entries of row i, vector by vector; lanes beyond the last have weight
// 0.
template <int kDims, class Work>
HWY_INLINE void over_row(const PointsView& points, const SparseView& m, std::int64_t i, const Work& work) {
  const Tag d;
  const IndexTag di;
  const std::int64_t stride = points.stride(), step = lanes(), end = m.begin[i + 1];
  for (std::int64_t e = m.begin[i]; e < end; e += step) {
    const std::int64_t count = std::min(step, end - e);
    hn::Vec<IndexTag> column;
    Vector weight;
    if (count == step) {
      column = hn::LoadU(di, m.columns.data() + e);
      weight = hn::LoadU(d, m.weights.data() + e);
    } else {
      HWY_ALIGN std::int32_t last_column[16] = {};
      HWY_ALIGN float last_weight[16] = {};
      std::copy_n(m.columns.data() + e, count, last_column);
      std::copy_n(m.weights.data() + e, count, last_weight);
      column = hn::Load(di, last_column);
      weight = hn::Load(d, last_weight);
    }
    Vector apart[kDims];
    for (int c = 0; c < kDims; ++c) {
      apart[c] = hn::Sub(hn::Set(d, points.values[c * stride + i]),
                         hn::GatherIndex(d, points.values + c * stride, column));
    }
    work(weight, apart, similarity<kDims>(apart));
  }
}

template <int kDims>
HWY_INLINE void attract(const PointsView& points, const SparseView& m, std::int64_t i, float* forces) {
  const Tag d;
  Vector force[kDims];
  for (int c = 0; c < kDims; ++c) force[c] = hn::Zero(d);
  over_row<kDims>(points, m, i, [&](Vector weight, const Vector(&apart)[kDims], Vector q) HWY_ATTR {
    const Vector pull = hn::Mul(weight, q);
    for (int c = 0; c < kDims; ++c) force[c] = hn::MulAdd(pull, apart[c], force[c]);
  });
  for (int c = 0; c < kDims; ++c) forces[c * points.stride() + i] = hn::GetLane(hn::SumOfLanes(d, force[c]));
}

template <int kDims>
HWY_INLINE float log_similarity_of(const PointsView& points, const SparseView& m, std::int64_t i) {
  const Tag d;
  Vector sum = hn::Zero(d);
  over_row<kDims>(points, m, i, [&](Vector weight, const Vector(&)[kDims], Vector q) HWY_ATTR {
    sum = hn::MulAdd(weight, hn::Log(d, q), sum);
  });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

void attraction(const PointsView& points, const SparseView& m, const PointRange& range, float* forces) {
  for (std::int64_t i = range.first; i < range.last; ++i) {
    points.dims == 2 ? attract<2>(points, m, i, forces) : attract<3>(points, m, i, forces);
  }
}

void log_similarity(const PointsView& points, const SparseView& m, const PointRange& range, float* sums) {
  for (std::int64_t i = range.first; i < range.last; ++i) {
    sums[i] = points.dims == 2 ? log_similarity_of<2>(points, m, i) : log_similarity_of<3>(points, m, i);
  }
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(repulsion);
HWY_EXPORT(attraction);
HWY_EXPORT(log_similarity);

void check(const PointsView& points, const PointRange& range) {
  SONDE_ASSERT(points.dims == 2 || points.dims == 3);
  SONDE_ASSERT(0 <= range.first && range.first <= range.last && range.last <= points.count);
}

}  // namespace

void student_repulsion(const PointsView& points, const PointRange& range, float* forces, float* sums) {
  check(points, range);
  HWY_DYNAMIC_DISPATCH(repulsion)(points, range, forces, sums);
}

void student_attraction(const PointsView& points, const SparseView& weights, const PointRange& range,
                        float* forces) {
  check(points, range);
  HWY_DYNAMIC_DISPATCH(attraction)(points, weights, range, forces);
}

void student_log_similarity(const PointsView& points, const SparseView& weights, const PointRange& range,
                            float* sums) {
  check(points, range);
  HWY_DYNAMIC_DISPATCH(log_similarity)(points, weights, range, sums);
}

}  // namespace sonde::kernels
#endif
