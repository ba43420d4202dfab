// Matrix products by our micro-kernel: W lies in panels of two vectors of columns,
// [panel][inputs][panel_width].
#include <algorithm>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/gemm_internal.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/gemm_highway.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "sonde/kernels/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {

std::int64_t gemm_panel_width() { return panel_width(); }

void multiply_panels(MatrixView x, const float* panels, const float* bias, MutableMatrixView y) {
  panels_product(MicroOperands{x.data, x.stride, panels, x.cols, bias, y.data, y.stride, panel_width()},
                 x.rows, y.cols);
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(gemm_panel_width);
HWY_EXPORT(multiply_panels);

class HighwayWeight final : public PackedWeight {
 public:
  explicit HighwayWeight(const DenseWeight& weight) : inputs_(weight.inputs), outputs_(weight.outputs) {
    const std::int64_t width = HWY_DYNAMIC_DISPATCH(gemm_panel_width)();
    const std::int64_t panels = (outputs_ + width - 1) / width;
    panels_ = AlignedFloats(panels * width * inputs_);
    for (std::int64_t p = 0; p < panels; ++p) pack_panel(weight, p * width, width);
    bias_ = padded_bias(weight.bias, panels * width);
  }

  void multiply(MatrixView x, MutableMatrixView y) const override {
    SONDE_ASSERT(x.cols == inputs_ && y.cols == outputs_ && x.rows == y.rows);
    HWY_DYNAMIC_DISPATCH(multiply_panels)(x, panels_.data(), bias_.data(), y);
  }

  std::int64_t bytes() const override {
    return (panels_.size() + bias_.size()) * static_cast<std::int64_t>(sizeof(float));
  }

 private:
  void pack_panel(const DenseWeight& weight, std::int64_t first, std::int64_t width) {
    float* panel = panels_.data() + first * inputs_;
    const std::int64_t columns = std::min(width, outputs_ - first);
    if (columns < width) std::fill_n(panel, width * inputs_, 0.0f);
    const float* values = weight.values.data();
    if (weight.layout == WeightLayout::in_out) {
      for (std::int64_t k = 0; k < inputs_; ++k)
        std::copy_n(values + k * outputs_ + first, columns, panel + k * width);
      return;
    }
    for (std::int64_t j = 0; j < columns; ++j) {
      const float* row = values + (first + j) * inputs_;
      for (std::int64_t k = 0; k < inputs_; ++k) panel[k * width + j] = row[k];
    }
  }

  std::int64_t inputs_;
  std::int64_t outputs_;
  AlignedFloats panels_;
  AlignedFloats bias_;
};

}  // namespace

std::unique_ptr<PackedWeight> pack_for_highway(const DenseWeight& weight) {
  return std::make_unique<HighwayWeight>(weight);
}

}  // namespace sonde::kernels
#endif
