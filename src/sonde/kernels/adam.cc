// Moments that have all but died out become 0: they cannot move a parameter any more (their square root is
// far below eps), and left alone they would stay subnormal, which is slow.
//
// Roots and quotients of whole vectors come from one unit, beside which the sums of a product go on; with
// AVX-512 that unit would take longer than all the rest, so there quotients are made of an approximation to
// 14 bits and one step of Newton's, to two units in the last place.
#include "sonde/kernels/adam.h"

#include <algorithm>
#include <cstdint>

#include "sonde/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/adam.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

constexpr float kGone = 1e-35f;

// Rows and vectors of a block of gradients that are summed at once.
#if HWY_TARGET <= HWY_AVX3
constexpr int kRows = 6, kVectors = 4;
#else
constexpr int kRows = 2, kVectors = 4;
#endif

struct Factors {
  Vector keep, penalty, l1, new1, old2, new2, eps, step;
  bool pulls;  // whether penalty or l1 is there

  explicit Factors(const AdamFactors& f)
      : keep(hn::Set(Tag(), f.keep)),
        penalty(hn::Set(Tag(), f.penalty)),
        l1(hn::Set(Tag(), f.l1)),
        new1(hn::Set(Tag(), f.new1)),
        old2(hn::Set(Tag(), f.old2)),
        new2(hn::Set(Tag(), f.new2)),
        eps(hn::Set(Tag(), f.eps)),
        step(hn::Set(Tag(), f.step)),
        pulls(f.penalty != 0 || f.l1 != 0) {}
};

// a / b of a normal b.
HWY_INLINE Vector quotient(Vector a, Vector b) {
#if HWY_TARGET <= HWY_AVX3
  const Vector inverse = hn::ApproximateReciprocal(b);
  const Vector rest = hn::NegMulAdd(b, inverse, hn::Set(Tag(), 1.0f));
  return hn::Mul(a, hn::MulAdd(inverse, rest, inverse));
#else
  return hn::Div(a, b);
#endif
}

HWY_INLINE Vector without_gone(Vector x) {
  return hn::IfThenZeroElse(hn::Lt(hn::Abs(x), hn::Set(Tag(), kGone)), x);
}

// Where parameters and their moments lie.
struct Place {
  float *parameters, *first, *second;

  Place(float* p, float* f, float* s) : parameters(p), first(f), second(s) {}
  explicit Place(const AdamState& state)
      : Place(state.parameters.data(), state.first.data(), state.second.data()) {}

  Place at(std::int64_t i) const { return {parameters + i, first + i, second + i}; }
};

// Numbers that fill a vector, or fewer.
struct Whole {
  Vector load(const float* from) const { return hn::LoadU(Tag(), from); }
  void store(Vector x, float* to) const { hn::StoreU(x, Tag(), to); }
};
struct Part {
  std::int64_t count;

  Vector load(const float* from) const {
    HWY_ALIGN float values[HWY_MAX_BYTES / sizeof(float)] = {};
    std::copy_n(from, count, values);
    return hn::Load(Tag(), values);
  }
  void store(Vector x, float* to) const {
    HWY_ALIGN float values[HWY_MAX_BYTES / sizeof(float)];
    hn::Store(x, Tag(), values);
    std::copy_n(values, count, to);
  }
};

// The step of a vector of parameters, or of fewer.
template <class Lanes>
HWY_INLINE void update(const Factors& f, Vector gradient, const Lanes& lanes, const Place& place) {
  const Tag d;
  const Vector parameter = lanes.load(place.parameters), old = lanes.load(place.first);
  if (f.pulls) {
    gradient = hn::MulAdd(f.penalty, parameter, gradient);
    const Vector pull = hn::IfThenZeroElse(hn::Eq(parameter, hn::Zero(d)), hn::CopySign(f.l1, parameter));
    gradient = hn::Add(gradient, pull);
  }
  const Vector mean = without_gone(hn::MulAdd(f.new1, hn::Sub(gradient, old), old));
  const Vector square = without_gone(
      hn::MulAdd(hn::Mul(f.new2, gradient), gradient, hn::Mul(f.old2, lanes.load(place.second))));
  lanes.store(mean, place.first);
  lanes.store(square, place.second);
  const Vector direction = quotient(mean, hn::Add(hn::Sqrt(square), f.eps));
  lanes.store(hn::MulAdd(f.step, direction, hn::Mul(f.keep, parameter)), place.parameters);
}

void update_all(const AdamFactors& factors, std::span<const float> gradients, const AdamState& state) {
  const Factors f(factors);
  const Place place(state);
  const auto step = static_cast<std::int64_t>(hn::Lanes(Tag())), size = std::ssize(gradients);
  std::int64_t i = 0;
  for (; i + step <= size; i += step) update(f, hn::LoadU(Tag(), gradients.data() + i), Whole(), place.at(i));
  if (i == size) return;
  const Part rest{size - i};
  update(f, rest.load(gradients.data() + i), rest, place.at(i));
}

// Two factors and where the parameters of their product lie, a view of some rows and columns.
struct Product {
  const float* a;
  const float* x;
  std::int64_t n, a_stride, x_stride, stride;
  Place place;

  Product at(std::int64_t row, std::int64_t col) const {
    Product p = *this;
    p.a += row;
    p.x += col;
    p.place = place.at(row * stride + col);
    return p;
  }
};

// The step of kR rows of kV vectors; there is one where these are no whole ones.
template <int kR, int kV, class Lanes>
HWY_INLINE void update_block(const Factors& f, const Product& p, const Lanes& lanes) {
  const Tag d;
  const auto step = static_cast<std::int64_t>(hn::Lanes(d));
  Vector sums[kR][kV];
#pragma GCC unroll 8
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kV; ++v) sums[r][v] = hn::Zero(d);
  }
  const float *a = p.a, *x = p.x;
  for (std::int64_t i = 0; i < p.n; ++i, a += p.a_stride, x += p.x_stride) {
    Vector columns[kV];
#pragma GCC unroll 8
    for (int v = 0; v < kV; ++v) columns[v] = lanes.load(x + v * step);
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
      const Vector factor = hn::Set(d, a[r]);
#pragma GCC unroll 8
      for (int v = 0; v < kV; ++v) sums[r][v] = hn::MulAdd(factor, columns[v], sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kV; ++v) {
      update(f, sums[r][v], lanes, p.place.at(r * p.stride + v * step));
    }
  }
}

template <int kR>
HWY_INLINE void update_rows(const Factors& f, const Product& p, std::int64_t cols) {
  const auto step = static_cast<std::int64_t>(hn::Lanes(Tag()));
  std::int64_t j = 0;
  for (; j + kVectors * step <= cols; j += kVectors * step)
    update_block<kR, kVectors>(f, p.at(0, j), Whole());
  for (; j + step <= cols; j += step) update_block<kR, 1>(f, p.at(0, j), Whole());
  if (j < cols) update_block<kR, 1>(f, p.at(0, j), Part{cols - j});
}

void update_by_product(const AdamFactors& factors, MatrixView a, MatrixView x, const AdamState& state) {
  const Factors f(factors);
  const Product all{a.data, x.data, a.rows, a.stride, x.stride, x.cols, Place(state)};
  std::int64_t i = 0;
  for (; i + kRows <= a.cols; i += kRows) update_rows<kRows>(f, all.at(i, 0), x.cols);
  for (; i < a.cols; ++i) update_rows<1>(f, all.at(i, 0), x.cols);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {
HWY_EXPORT(update_all);
HWY_EXPORT(update_by_product);

void check(const AdamState& state, std::size_t size) {
  SONDE_ASSERT(state.parameters.size() == size && state.first.size() == size && state.second.size() == size);
}
}  // namespace

void adam_update(const AdamFactors& factors, std::span<const float> gradients, const AdamState& state) {
  check(state, gradients.size());
  HWY_DYNAMIC_DISPATCH(update_all)(factors, gradients, state);
}

void adam_update(const AdamFactors& factors, MatrixView a, MatrixView x, const AdamState& state) {
  SONDE_ASSERT(a.rows == x.rows);
  check(state, a.cols * x.cols);
  HWY_DYNAMIC_DISPATCH(update_by_product)(factors, a, x, state);
}

}  // namespace sonde::kernels
#endif
