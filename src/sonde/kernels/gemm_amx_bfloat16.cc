// Matrix products of bfloat16 numbers on AMX tiles, summed in floats. On machines without AMX nothing here
// runs. Numbers below 2⁻¹²⁶ in size count as 0, as the hardware has it. Source: Intel's instruction set
// reference, TDPBF16PS.
#include <algorithm>
#include <array>
#include <atomic>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/amx_internal.h"
#include "sonde/kernels/gemm_internal.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

namespace sonde::kernels {
namespace {

constexpr std::int64_t kTileDepth = kTileBytes / 2;  // bfloat16 numbers in a row of a tile
constexpr std::int64_t kTile = kTileRows * kTileDepth;
constexpr std::int64_t kPanelWidth = 2 * kTileRows;
// Rows and inputs that lie rounded in scratch memory at once: they and a panel fit into the second cache.
constexpr std::int64_t kRows = 96;
constexpr std::int64_t kDepth = 1024;

// What stands up to pop_options is compiled for AMX and runs only where it is. No template of a library is
// used there: its code could be shared with the rest of the program.
#pragma GCC push_options
#pragma GCC target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512bf16")

// Round `count` ≤ 16 floats; what lies beyond is 0.
inline void round_16(const float* x, std::int64_t count, std::uint16_t* out) {
  const auto lanes = static_cast<__mmask16>(count >= 16 ? 0xFFFF : count <= 0 ? 0 : (1 << count) - 1);
  const auto rounded = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(lanes, x)));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), rounded);
}

// Round rows of x into tiles [rows / 16][depth / 32][16][32]; what lies beyond `depth` is 0.
void round_rows(MatrixView x, std::int64_t padded_rows, std::uint16_t* tiles) {
  const std::int64_t steps = (x.cols + kTileDepth - 1) / kTileDepth;
  for (std::int64_t i = 0; i < padded_rows; ++i) {
    const float* row = x.data + i * x.stride;
    for (std::int64_t s = 0; s < steps; ++s) {
      std::uint16_t* out = tiles + (i / kTileRows * steps + s) * kTile + i % kTileRows * kTileDepth;
      const std::int64_t first = s * kTileDepth;
      round_16(row + first, x.cols - first, out);
      round_16(row + first + 16, x.cols - first - 16, out + 16);
    }
  }
}

// Operands of 16 or 32 rows by one panel. `before`: what the sums begin with, `before_stride` apart.
struct TileOperands {
  const std::uint16_t* a;      // [steps][16][32]
  const std::uint16_t* lower;  // the same for the lower 16 rows
  const std::uint16_t* panel;  // [steps][2][16][32]
  std::int64_t steps;
  const float* before;         // null: zeros
  std::int64_t before_stride;  // 0: one row for all
  float* y;
  std::int64_t y_stride;
};

// Sums are registers 0 to 3, tiles of a 4 and 5, tiles of the panel 6 and 7.
enum class Rows { sixteen, thirty_two };

template <Rows R>
inline void begin_sums(const TileOperands& o) {
  constexpr bool both = R == Rows::thirty_two;
  if (o.before == nullptr) {
    _tile_zero(0);
    _tile_zero(1);
    if (both) _tile_zero(2);
    if (both) _tile_zero(3);
    return;
  }
  const std::int64_t bytes = o.before_stride * static_cast<std::int64_t>(sizeof(float));
  const float* lower = o.before + kTileRows * o.before_stride;
  _tile_loadd(0, o.before, bytes);
  _tile_loadd(1, o.before + kTileRows, bytes);
  if (both) _tile_loadd(2, lower, bytes);
  if (both) _tile_loadd(3, lower + kTileRows, bytes);
}

template <Rows R>
inline void end_sums(const TileOperands& o) {
  const std::int64_t bytes = o.y_stride * static_cast<std::int64_t>(sizeof(float));
  float* lower = o.y + kTileRows * o.y_stride;
  _tile_stored(0, o.y, bytes);
  _tile_stored(1, o.y + kTileRows, bytes);
  if constexpr (R == Rows::thirty_two) {
    _tile_stored(2, lower, bytes);
    _tile_stored(3, lower + kTileRows, bytes);
  }
}

template <Rows R>
inline void load_rows(const TileOperands& o, std::int64_t tile) {
  _tile_loadd(4, o.a + tile * kTile, 64);
  if constexpr (R == Rows::thirty_two) _tile_loadd(5, o.lower + tile * kTile, 64);
}

inline void load_panel(const TileOperands& o, std::int64_t pair) {
  _tile_loadd(6, o.panel + pair * 2 * kTile, 64);
  _tile_loadd(7, o.panel + (pair * 2 + 1) * kTile, 64);
}

template <Rows R>
inline void add_products() {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  if constexpr (R == Rows::thirty_two) {
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
}

// Sum over all inputs in order.
template <Rows R>
void multiply_tiles(const TileOperands& o) {
  begin_sums<R>(o);
  for (std::int64_t s = 0; s < o.steps; ++s) {
    load_rows<R>(o, s);
    load_panel(o, s);
    add_products<R>();
  }
  end_sums<R>(o);
}

#pragma GCC pop_options

// Memory of a thread: some rows rounded, and a panel of results that is wider than the result.
struct Scratch {
  Aligned<std::uint16_t> tiles = Aligned<std::uint16_t>(kRows * kDepth);
  AlignedFloats last_panel = AlignedFloats(kRows * kPanelWidth);
};

class AmxBfloat16Weight final : public PackedWeight {
 public:
  explicit AmxBfloat16Weight(const DenseWeight& weight)
      : inputs_(weight.inputs),
        outputs_(weight.outputs),
        steps_((inputs_ + kTileDepth - 1) / kTileDepth),
        count_((outputs_ + kPanelWidth - 1) / kPanelWidth),
        panels_(numbers()),
        bias_(padded_bias(weight.bias, count_ * kPanelWidth)) {
    std::fill_n(panels_.data(), numbers(), std::uint16_t{0});
    std::vector<float> column(static_cast<std::size_t>(inputs_));
    for (std::int64_t j = 0; j < outputs_; ++j) {
      const bool out_in = weight.layout == WeightLayout::out_in;
      const float* first = weight.values.data() + j * (out_in ? inputs_ : 1);
      for (std::int64_t k = 0; k < inputs_; ++k) column[k] = first[k * (out_in ? 1 : outputs_)];
      pack_column(column, j);
    }
  }

  void multiply(MatrixView x, MutableMatrixView y) const override {
    SONDE_ASSERT(x.cols == inputs_ && y.cols == outputs_ && x.rows == y.rows);
    for (std::int64_t first = 0; first < x.rows; first += kRows) {
      const std::int64_t rows = std::min(kRows, x.rows - first);
      multiply_rows({x.data + first * x.stride, rows, x.cols, x.stride},
                    {y.data + first * y.stride, rows, y.cols, y.stride});
    }
  }

  std::int64_t bytes() const override {
    return numbers() * static_cast<std::int64_t>(sizeof(std::uint16_t)) +
           bias_.size() * static_cast<std::int64_t>(sizeof(float));
  }

 private:
  std::int64_t numbers() const { return count_ * steps_ * 2 * kTile; }

  // Input k of output j stands in row k / 2 of its tile, as one of a pair.
  void pack_column(const std::vector<float>& column, std::int64_t j) {
    std::array<std::uint16_t, 16> rounded;
    const std::int64_t panel = j / kPanelWidth, half = j % kPanelWidth / kTileRows;
    for (std::int64_t k = 0; k < inputs_; k += 16) {
      round_16(column.data() + k, inputs_ - k, rounded.data());
      std::uint16_t* tile = panels_.data() + ((panel * steps_ + k / kTileDepth) * 2 + half) * kTile;
      for (std::int64_t i = 0; i < 16; ++i) {
        const std::int64_t within = k % kTileDepth + i;
        tile[within / 2 * kTileDepth + j % kTileRows * 2 + within % 2] = rounded[i];
      }
    }
  }

  void multiply_rows(MatrixView x, MutableMatrixView y) const {
    thread_local Scratch scratch;
    const TileRegisters registers;
    const std::int64_t padded = (x.rows + kRowPadding - 1) / kRowPadding * kRowPadding;
    const std::int64_t whole = outputs_ / kPanelWidth;
    for (std::int64_t k = 0; k < inputs_; k += kDepth) {
      const std::int64_t depth = std::min(kDepth, inputs_ - k);
      round_rows({x.data + k, x.rows, depth, x.stride}, padded, scratch.tiles.data());
      // The compiler must not move these writes behind the loads of tiles, of whose reading it does not know.
      std::atomic_signal_fence(std::memory_order_seq_cst);
      for (std::int64_t panel = 0; panel < count_; ++panel) {
        float* const out = panel < whole ? y.data + panel * kPanelWidth : scratch.last_panel.data();
        multiply_panel(scratch, {k, panel}, {out, padded, depth, panel < whole ? y.stride : kPanelWidth});
      }
    }
    if (whole == count_) return;
    const std::int64_t done = whole * kPanelWidth;
    for (std::int64_t i = 0; i < x.rows; ++i)
      std::copy_n(scratch.last_panel.data() + i * kPanelWidth, outputs_ - done, y.row(i).data() + done);
  }

  // Where in the weight a product begins.
  struct Place {
    std::int64_t input, panel;
  };

  // All rows by one panel; `y.cols` is the number of inputs summed here, the sums before lie in y.
  void multiply_panel(const Scratch& scratch, Place at, MutableMatrixView y) const {
    const std::int64_t steps = (y.cols + kTileDepth - 1) / kTileDepth, tiles = steps * kTile;
    TileOperands o{.panel = panels_.data() + (at.panel * steps_ + at.input / kTileDepth) * 2 * kTile,
                   .steps = steps,
                   .y_stride = y.stride};
    for (std::int64_t i = 0; i < y.rows; i += 2 * kTileRows) {
      o.a = scratch.tiles.data() + i / kTileRows * tiles;
      o.lower = o.a + tiles;
      o.y = y.data + i * y.stride;
      o.before = at.input > 0 ? o.y : bias_.size() > 0 ? bias_.data() + at.panel * kPanelWidth : nullptr;
      o.before_stride = at.input > 0 ? y.stride : 0;
      if (i + kTileRows < y.rows) {
        multiply_tiles<Rows::thirty_two>(o);
      } else {
        multiply_tiles<Rows::sixteen>(o);
      }
    }
  }

  std::int64_t inputs_, outputs_;
  std::int64_t steps_;  // tiles that the inputs fill
  std::int64_t count_;  // panels
  Aligned<std::uint16_t> panels_;
  AlignedFloats bias_;
};

}  // namespace

std::unique_ptr<PackedWeight> pack_for_amx_bfloat16(const DenseWeight& weight) {
  SONDE_ASSERT(amx_is_there());
  return std::make_unique<AmxBfloat16Weight>(weight);
}

}  // namespace sonde::kernels

#else

namespace sonde::kernels {

std::unique_ptr<PackedWeight> pack_for_amx_bfloat16(const DenseWeight&) {
  SONDE_ASSERT(!"this machine has no AMX");
  return nullptr;
}

}  // namespace sonde::kernels

#endif
