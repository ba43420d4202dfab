// A vector of edges is taken at once: ends are gathered, moved and scattered. What is left of a run is filled
// with edges between spare places.
#include "sonde/kernels/umap_forces.h"

#include <algorithm>

#include "sonde/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/umap_forces.cc"
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
using BitsTag = hn::RebindToUnsigned<Tag>;
using Vector = hn::Vec<Tag>;
using Index = hn::Vec<IndexTag>;
using Bits = hn::Vec<BitsTag>;

template <int kDims>
struct Place {
  Vector at[kDims];

  HWY_INLINE void gather(const float* places, std::int64_t stride, Index index) {
    for (int c = 0; c < kDims; ++c) at[c] = hn::GatherIndex(Tag(), places + c * stride, index);
  }
  HWY_INLINE void scatter(float* places, std::int64_t stride, Index index) const {
    for (int c = 0; c < kDims; ++c) hn::ScatterIndex(at[c], Tag(), places + c * stride, index);
  }
};

template <int kDims>
HWY_INLINE Vector square_apart(const Place<kDims>& x, const Place<kDims>& y) {
  Vector sum = hn::Zero(Tag());
  for (int c = 0; c < kDims; ++c) {
    const Vector apart = hn::Sub(x.at[c], y.at[c]);
    sum = hn::MulAdd(apart, apart, sum);
  }
  return sum;
}

HWY_INLINE Vector clipped(Vector x) {
  const Tag d;
  return hn::Min(hn::Max(x, hn::Set(d, -4.0F)), hn::Set(d, 4.0F));
}

// square^b; 0 stays harmless.
HWY_INLINE Vector power(Vector square, float b) {
  const Tag d;
  return hn::Exp(d, hn::Mul(hn::Set(d, b), hn::Log(d, hn::Max(square, hn::Set(d, 1e-30F)))));
}

template <int kDims>
HWY_INLINE void attract(const UmapForces& f, Place<kDims>& x, Place<kDims>& y) {
  const Tag d;
  const Vector square = square_apart(x, y), raised = power(square, f.b), one = hn::Set(d, 1.0F);
  const Vector below = hn::Mul(hn::Max(square, hn::Set(d, 1e-30F)), hn::MulAdd(hn::Set(d, f.a), raised, one));
  const Vector pull = hn::Div(hn::Mul(hn::Set(d, -2 * f.a * f.b), raised), below);
  for (int c = 0; c < kDims; ++c) {
    const Vector step = hn::Mul(clipped(hn::Mul(pull, hn::Sub(x.at[c], y.at[c]))), hn::Set(d, f.rate));
    x.at[c] = hn::Add(x.at[c], step);
    y.at[c] = hn::Sub(y.at[c], step);
  }
}

// The finaliser of MurmurHash3 (Appleby 2011): every bit of a counter changes every bit of the result.
HWY_INLINE Bits scrambled(Bits x) {
  const BitsTag d;
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), hn::Set(d, 0x85ebca6bU));
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<13>(x)), hn::Set(d, 0xc2b2ae35U));
  return hn::Xor(x, hn::ShiftRight<16>(x));
}

template <int kDims>
HWY_INLINE void repel(const UmapForces& f, const PointsView& before, Index self, Bits counter,
                      Place<kDims>& x) {
  const Tag d;
  const IndexTag di;
  const auto points = static_cast<float>(before.count) * 0x1.0p-24F;
  for (std::int64_t r = 0; r < f.negatives; ++r) {
    const Bits drawn = scrambled(hn::Add(counter, hn::Set(BitsTag(), static_cast<std::uint32_t>(r))));
    const Vector share = hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(drawn)));
    const Index other = hn::Min(hn::ConvertTo(di, hn::Mul(share, hn::Set(d, points))),
                                hn::Set(di, static_cast<std::int32_t>(before.count - 1)));
    Place<kDims> y;
    y.gather(before.values, padded_points(before.count + kSparePoints), other);
    const Vector square = square_apart(x, y);
    const Vector below = hn::Mul(hn::Add(square, hn::Set(d, 0.001F)),
                                 hn::MulAdd(hn::Set(d, f.a), power(square, f.b), hn::Set(d, 1.0F)));
    const Vector push = hn::IfThenElse(hn::RebindMask(d, hn::Eq(other, self)), hn::Zero(d),
                                       hn::Div(hn::Set(d, 2 * f.repulsion * f.b), below));
    for (int c = 0; c < kDims; ++c) {
      const Vector step = clipped(hn::Mul(push, hn::Sub(x.at[c], y.at[c])));
      x.at[c] = hn::MulAdd(step, hn::Set(d, f.rate), x.at[c]);
    }
  }
}

template <int kDims>
HWY_INLINE void move(const UmapForces& f, const PointsView& before, float* places, const Index (&edge)[3]) {
  const std::int64_t stride = padded_points(before.count + kSparePoints);
  const BitsTag db;
  Place<kDims> head, tail;
  head.gather(places, stride, edge[0]);
  tail.gather(places, stride, edge[1]);
  // Counters of an edge are 2 · negatives apart; the key of a pass moves all of them.
  const Bits first =
      hn::Add(hn::Mul(hn::BitCast(db, edge[2]), hn::Set(db, static_cast<std::uint32_t>(2 * f.negatives))),
              hn::Set(db, f.key));
  attract<kDims>(f, head, tail);
  repel<kDims>(f, before, edge[0], first, head);
  attract<kDims>(f, tail, head);
  repel<kDims>(f, before, edge[1], hn::Add(first, hn::Set(db, static_cast<std::uint32_t>(f.negatives))),
               tail);
  head.scatter(places, stride, edge[0]);
  tail.scatter(places, stride, edge[1]);
}

template <int kDims>
HWY_INLINE void pass_all(const EdgesView& edges, const UmapForces& f, const PointsView& before,
                         float* places) {
  const IndexTag di;
  const auto step = static_cast<std::int64_t>(hn::Lanes(di)), count = std::ssize(edges.heads);
  const std::int32_t* runs[3] = {edges.heads.data(), edges.tails.data(), edges.numbers.data()};
  std::int64_t e = 0;
  for (; e + step <= count; e += step) {
    move<kDims>(f, before, places,
                {hn::LoadU(di, runs[0] + e), hn::LoadU(di, runs[1] + e), hn::LoadU(di, runs[2] + e)});
  }
  if (e == count) return;
  HWY_ALIGN std::int32_t last[3][16] = {};
  for (std::int64_t l = 0; l < step; ++l) {
    last[0][l] = static_cast<std::int32_t>(before.count + l);
    last[1][l] = static_cast<std::int32_t>(before.count + 16 + l);
  }
  for (int r = 0; r < 3; ++r) std::copy(runs[r] + e, runs[r] + count, last[r]);
  move<kDims>(f, before, places, {hn::Load(di, last[0]), hn::Load(di, last[1]), hn::Load(di, last[2])});
}

void pass(const EdgesView& edges, const UmapForces& f, const PointsView& before, float* places) {
  if (before.dims == 2) return pass_all<2>(edges, f, before, places);
  pass_all<3>(edges, f, before, places);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(pass);

}  // namespace

void umap_pass(const EdgesView& edges, const UmapForces& forces, const PointsView& before, float* places) {
  SONDE_ASSERT(before.dims == 2 || before.dims == 3);
  SONDE_ASSERT(before.count < (std::int64_t{1} << 24));  // what a draw of 24 bits can reach
  SONDE_ASSERT(edges.heads.size() == edges.tails.size() && edges.heads.size() == edges.numbers.size());
  HWY_DYNAMIC_DISPATCH(pass)(edges, forces, before, places);
}

}  // namespace sonde::kernels
#endif
