// Products of floats on AMX tiles: W is cut into digits once, x as it is read. On machines without AMX
// nothing here runs.
#include <algorithm>

#include "sonde/kernels/digits_internal.h"
#include "sonde/kernels/gemm_internal.h"

namespace sonde::kernels {
namespace {

// Rows whose digits lie in scratch memory at once: a tile of the engine.
constexpr std::int64_t kRows = 96;

// Memory of a thread: the digits of some rows.
struct Scratch {
  Aligned<std::int8_t> tiles{kRows * kDigitInputs * kDigits};
  AlignedFloats scales{kRows};

  MutableDigitRows rows(std::int64_t inputs) { return {tiles.data(), scales.data(), inputs}; }
};

class DigitWeight final : public PackedWeight {
 public:
  explicit DigitWeight(const DenseWeight& weight)
      : inputs_(weight.inputs),
        outputs_(weight.outputs),
        padded_((outputs_ + kTileRows - 1) / kTileRows * kTileRows),
        tiles_((inputs_ + kDigitStep - 1) / kDigitStep * kDigitStep * padded_ * kDigits),
        scales_((inputs_ + kDigitInputs - 1) / kDigitInputs * padded_),
        bias_(padded_bias(weight.bias, padded_)),
        products_(products_for(inputs_)) {
    std::fill_n(tiles_.data(), tiles_.size(), std::int8_t{0});
    for (std::int64_t j = 0; j < outputs_; j += kTileRows) {
      for (std::int64_t k = 0; k < inputs_; k += kDigitInputs) pack(weight, k, j);
    }
  }

  void multiply(MatrixView x, MutableMatrixView y) const override {
    SONDE_ASSERT(x.cols == inputs_ && y.cols == outputs_ && x.rows == y.rows);
    const TileRegisters registers;
    for (std::int64_t first = 0; first < x.rows; first += kRows) {
      const std::int64_t rows = std::min(kRows, x.rows - first);
      multiply_rows({x.data + first * x.stride, rows, x.cols, x.stride},
                    {y.data + first * y.stride, rows, y.cols, y.stride});
    }
  }

  std::int64_t bytes() const override {
    return tiles_.size() + (scales_.size() + bias_.size()) * static_cast<std::int64_t>(sizeof(float));
  }

 private:
  // The digits of the inputs from k on that share a scale, of all outputs.
  DigitRows columns_at(std::int64_t k) const {
    return {tiles_.data() + k * padded_ * kDigits, scales_.data() + k / kDigitInputs * padded_,
            std::min(kDigitInputs, inputs_ - k)};
  }

  // Cut up to 16 outputs from j on, of the inputs from k on that share a scale.
  void pack(const DenseWeight& weight, std::int64_t k, std::int64_t j) {
    const DigitRows all = columns_at(k);
    const MutableDigitRows out{tiles_.data() + (all.tiles - tiles_.data()) + j / kTileRows * all.bytes(),
                               scales_.data() + (all.scales - scales_.data()) + j, all.inputs};
    const std::int64_t count = std::min(kTileRows, outputs_ - j);
    if (weight.layout == WeightLayout::out_in) {
      const MatrixView rows{weight.values.data() + j * inputs_ + k, count, out.inputs, inputs_};
      cut_rows(rows, DigitSide::right, out);
    } else {
      const MatrixView columns{weight.values.data() + k * outputs_ + j, out.inputs, count, outputs_};
      cut_columns(columns, DigitSide::right, out);
    }
  }

  void multiply_rows(MatrixView x, MutableMatrixView y) const {
    thread_local Scratch scratch;
    MatrixView before{bias_.size() > 0 ? bias_.data() : nullptr, y.rows, y.cols, 0};
    for (std::int64_t k = 0; k < inputs_; k += kDigitInputs) {
      const DigitRows columns = columns_at(k);
      const MutableDigitRows rows = scratch.rows(columns.inputs);
      cut_rows({x.data + k, x.rows, rows.inputs, x.stride}, DigitSide::left, rows);
      multiply_digits({rows, columns, products_}, before, y);
      before = y;
    }
  }

  std::int64_t inputs_, outputs_;
  std::int64_t padded_;         // outputs, whole tiles
  Aligned<std::int8_t> tiles_;  // DigitRows of every kDigitInputs inputs in turn
  AlignedFloats scales_;        // [ceil(inputs / kDigitInputs)][padded]
  AlignedFloats bias_;          // [padded], or empty
  DigitProducts products_;
};

}  // namespace

std::unique_ptr<PackedWeight> pack_for_amx(const DenseWeight& weight) {
  SONDE_ASSERT(amx_is_there());
  if (weight.inputs < kInputsForEight) return pack_for_onednn(weight);
  return std::make_unique<DigitWeight>(weight);
}

}  // namespace sonde::kernels
