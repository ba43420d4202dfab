// Matrix products of bfloat16 numbers by our micro-kernel, summed in floats. The weight is kept as bfloat16,
// in panels of two vectors of columns; x is rounded to bfloat16 before it is multiplied, so that a result is
// what hardware for bfloat16 with float sums gives, up to the order of the sum.
#include <algorithm>
#include <bit>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/gemm_internal.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/gemm_bfloat16.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "sonde/kernels/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {

std::int64_t bfloat16_panel_width() { return panel_width(); }

// Rows of x that are rounded and multiplied together: a tile of the engine.
constexpr std::int64_t kRoundedRows = 96;

// Round to nearest, ties to even, as bfloat16_bits() does; NaN stays NaN.
HWY_INLINE void round_row(const float* HWY_RESTRICT x, float* HWY_RESTRICT y, std::int64_t size) {
  const FloatTag d;
  const hn::RebindToUnsigned<FloatTag> words;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const FloatVector value = hn::LoadU(d, x + i);
    const auto bits = hn::BitCast(words, value);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(words, 1u));
    const auto rounded =
        hn::And(hn::Add(bits, hn::Add(odd, hn::Set(words, 0x7FFFu))), hn::Set(words, 0xFFFF0000u));
    hn::StoreU(hn::IfThenElse(hn::Eq(value, value), hn::BitCast(d, rounded), value), d, y + i);
  }
  for (; i < size; ++i) {
    y[i] = x[i] == x[i] ? std::bit_cast<float>(static_cast<std::uint32_t>(bfloat16_bits(x[i])) << 16) : x[i];
  }
}

void multiply_bfloat16(MatrixView x, const std::uint32_t* panels, const float* bias, MutableMatrixView y) {
  thread_local AlignedFloats rounded;
  if (rounded.size() < kRoundedRows * x.cols) rounded = AlignedFloats(kRoundedRows * x.cols);
  for (std::int64_t first = 0; first < x.rows; first += kRoundedRows) {
    const std::int64_t rows = std::min(kRoundedRows, x.rows - first);
    for (std::int64_t i = 0; i < rows; ++i)
      round_row(x.data + (first + i) * x.stride, rounded.data() + i * x.cols, x.cols);
    panels_product(BasicMicroOperands<Bfloat16Panel>{rounded.data(), x.cols, panels, x.cols, bias,
                                                     y.data + first * y.stride, y.stride, panel_width()},
                   rows, y.cols);
  }
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(bfloat16_panel_width);
HWY_EXPORT(multiply_bfloat16);

class Bfloat16Weight final : public PackedWeight {
 public:
  explicit Bfloat16Weight(const DenseWeight& weight) : inputs_(weight.inputs), outputs_(weight.outputs) {
    const std::int64_t width = HWY_DYNAMIC_DISPATCH(bfloat16_panel_width)();
    const std::int64_t panels = (outputs_ + width - 1) / width;
    words_ = panels * width / 2 * inputs_;
    panels_ = Aligned<std::uint32_t>(words_);
    for (std::int64_t p = 0; p < panels; ++p) pack_panel(weight, p * width, width);
    bias_ = padded_bias(weight.bias, panels * width);
  }

  void multiply(MatrixView x, MutableMatrixView y) const override {
    SONDE_ASSERT(x.cols == inputs_ && y.cols == outputs_ && x.rows == y.rows);
    HWY_DYNAMIC_DISPATCH(multiply_bfloat16)(x, panels_.data(), bias_.data(), y);
  }

  std::int64_t bytes() const override {
    return words_ * static_cast<std::int64_t>(sizeof(std::uint32_t)) +
           bias_.size() * static_cast<std::int64_t>(sizeof(float));
  }

 private:
  void pack_panel(const DenseWeight& weight, std::int64_t first, std::int64_t width) {
    const std::int64_t half = width / 2, columns = std::min(width, outputs_ - first);
    std::uint32_t* panel = panels_.data() + first / 2 * inputs_;
    std::fill_n(panel, half * inputs_, 0u);
    const bool out_in = weight.layout == WeightLayout::out_in;
    for (std::int64_t j = 0; j < columns; ++j) {
      const float* column = weight.values.data() + (first + j) * (out_in ? inputs_ : 1);
      const std::int64_t stride = out_in ? 1 : outputs_;
      const int shift = j < half ? 0 : 16;
      for (std::int64_t k = 0; k < inputs_; ++k) {
        panel[k * half + j % half] |= static_cast<std::uint32_t>(bfloat16_bits(column[k * stride])) << shift;
      }
    }
  }

  std::int64_t inputs_;
  std::int64_t outputs_;
  std::int64_t words_ = 0;
  Aligned<std::uint32_t> panels_;
  AlignedFloats bias_;
};

}  // namespace

std::unique_ptr<PackedWeight> pack_as_bfloat16(const DenseWeight& weight) {
  return std::make_unique<Bfloat16Weight>(weight);
}

}  // namespace sonde::kernels
#endif
