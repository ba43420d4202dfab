#include "sonde/kernels/elementwise.h"

#include <algorithm>
#include <string>

#include "sonde/core/nearest.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/elementwise.cc"
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

struct Gelu {
  HWY_INLINE Vector operator()(Tag d, Vector x) const {
    const Vector half = hn::Mul(hn::Set(d, 0.5f), x);
    return hn::MulAdd(half, erf(d, hn::Mul(x, hn::Set(d, 0.70710678118654752f))), half);
  }
};

struct GeluTanh {
  HWY_INLINE Vector operator()(Tag d, Vector x) const {
    const Vector cubic = hn::MulAdd(hn::Mul(hn::Set(d, 0.044715f), hn::Mul(x, x)), x, x);
    const Vector half = hn::Mul(hn::Set(d, 0.5f), x);
    return hn::MulAdd(half, hn::Tanh(d, hn::Mul(hn::Set(d, 0.79788456080286536f), cubic)), half);
  }
};

// Not Max, which on x86 turns NaN into 0.
struct Relu {
  HWY_INLINE Vector operator()(Tag d, Vector x) const {
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
  }
};

// Highway's Exp wants at most 104 and gives 0 for NaN.
struct Sigmoid {
  HWY_INLINE Vector operator()(Tag d, Vector x) const {
    const Vector one = hn::Set(d, 1.0f);
    const Vector power = hn::Exp(d, hn::Min(hn::Neg(x), hn::Set(d, 88.0f)));
    return hn::IfThenElse(hn::IsNaN(x), x, hn::Div(one, hn::Add(one, power)));
  }
};

struct Silu {
  HWY_INLINE Vector operator()(Tag d, Vector x) const { return hn::Mul(x, Sigmoid()(d, x)); }
};

struct TanhOf {
  HWY_INLINE Vector operator()(Tag d, Vector x) const { return hn::Tanh(d, x); }
};

// Whole vectors, then one padded vector for the rest, so that an element's bits do not depend on its place.
template <class Function>
HWY_INLINE void map_row(const Function& f, const float* a, const float* b, float* y, std::int64_t size) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= size; i += lanes) hn::StoreU(f(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, y + i);
  if (i == size) return;
  HWY_ALIGN float edge[2][HWY_MAX_BYTES / sizeof(float)] = {};
  std::copy_n(a + i, size - i, edge[0]);
  std::copy_n(b + i, size - i, edge[1]);
  hn::Store(f(d, hn::Load(d, edge[0]), hn::Load(d, edge[1])), d, edge[0]);
  std::copy_n(edge[0], size - i, y + i);
}

template <class Function>
HWY_INLINE void map_rows(const Function& f, MatrixView a, MatrixView b, MutableMatrixView y) {
  for (std::int64_t i = 0; i < y.rows; ++i) {
    map_row(f, a.data + i * a.stride, b.data + i * b.stride, y.data + i * y.stride, y.cols);
  }
}

template <class Function>
HWY_INLINE void map_unary(const Function& f, MatrixView x, MutableMatrixView y) {
  map_rows([&f](Tag d, Vector a, Vector) HWY_ATTR { return f(d, a); }, x, x, y);
}

void activate_rows(Activation activation, MatrixView x, MutableMatrixView y) {
  switch (activation) {
    case Activation::gelu:
      return map_unary(Gelu(), x, y);
    case Activation::gelu_tanh:
      return map_unary(GeluTanh(), x, y);
    case Activation::relu:
      return map_unary(Relu(), x, y);
    case Activation::silu:
      return map_unary(Silu(), x, y);
    case Activation::tanh:
      return map_unary(TanhOf(), x, y);
    case Activation::sigmoid:
      return map_unary(Sigmoid(), x, y);
  }
}

void soft_cap_rows(MatrixView x, float cap, MutableMatrixView y) {
  const Tag tag;
  const Vector most = hn::Set(tag, cap), inverse = hn::Set(tag, 1.0f / cap);
  const auto limit = [&](Tag d, Vector v)
                         HWY_ATTR { return hn::Mul(most, hn::Tanh(d, hn::Mul(v, inverse))); };
  map_unary(limit, x, y);
}

void add_rows(MatrixView a, MatrixView b, MutableMatrixView y) {
  map_rows([](Tag, Vector u, Vector v) HWY_ATTR { return hn::Add(u, v); }, a, b, y);
}

void multiply_rows(MatrixView a, MatrixView b, MutableMatrixView y) {
  map_rows([](Tag, Vector u, Vector v) HWY_ATTR { return hn::Mul(u, v); }, a, b, y);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(activate_rows);
HWY_EXPORT(soft_cap_rows);
HWY_EXPORT(add_rows);
HWY_EXPORT(multiply_rows);

struct ActivationWord {
  std::string_view word;
  Activation activation;
};

constexpr ActivationWord kActivationWords[] = {
    {"gelu", Activation::gelu},           {"gelu_new", Activation::gelu_tanh},
    {"gelu_fast", Activation::gelu_tanh}, {"gelu_pytorch_tanh", Activation::gelu_tanh},
    {"relu", Activation::relu},           {"silu", Activation::silu},
    {"swish", Activation::silu},          {"tanh", Activation::tanh},
    {"sigmoid", Activation::sigmoid},
};

}  // namespace

Activation activation_named(std::string_view word) {
  std::vector<std::string> known;
  for (const ActivationWord& entry : kActivationWords) {
    if (entry.word == word) return entry.activation;
    known.emplace_back(entry.word);
  }
  throw Error(ErrorCode::input, {.where = "config.json",
                                 .what = "unknown activation function '" + std::string(word) + "'",
                                 .hint = did_you_mean(word, known)});
}

void activate(Activation activation, MatrixView x, MutableMatrixView y) {
  HWY_DYNAMIC_DISPATCH(activate_rows)(activation, x, y);
}

void soft_cap(MatrixView x, float cap, MutableMatrixView y) {
  HWY_DYNAMIC_DISPATCH(soft_cap_rows)(x, cap, y);
}

void add(MatrixView a, MatrixView b, MutableMatrixView y) { HWY_DYNAMIC_DISPATCH(add_rows)(a, b, y); }

void multiply(MatrixView a, MatrixView b, MutableMatrixView y) {
  HWY_DYNAMIC_DISPATCH(multiply_rows)(a, b, y);
}

}  // namespace sonde::kernels
#endif
