// Matrix products on AMX tiles, which multiply bfloat16 numbers and sum in floats. A float is the sum of
// three bfloat16 numbers of 8 bits each, up to its last bit, so that six products of such parts give what a
// product of floats gives: with a = a0 + a1 + a2, each part what the ones before leave over,
//   a·b ≈ a2·b0 + a1·b0 + a1·b1 + a0·b1 + a0·b2 + a0·b0,
// where what is left out is below 2⁻²⁴ |a·b|. With one part this is the product of rounded numbers. On
// machines without AMX nothing here runs. Numbers below 2⁻¹²⁶ in size count as 0, as the hardware has it.
// Source: Henry, Tang and Heinecke 2019, "Leveraging the bfloat16 artificial intelligence datatype for
// higher-precision computations"; Intel's instruction set reference, TDPBF16PS.
#include <algorithm>
#include <array>
#include <atomic>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/gemm_internal.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sonde::kernels {
namespace {

constexpr std::int64_t kTileRows = 16;   // rows of a tile; columns of a tile of results
constexpr std::int64_t kTileDepth = 32;  // bfloat16 numbers in a row of a tile
constexpr std::int64_t kTile = kTileRows * kTileDepth;
constexpr std::int64_t kPanelWidth = 2 * kTileRows;
// Rows and inputs whose parts lie in scratch memory at once: they and a panel fit into the second cache.
constexpr std::int64_t kRows = 96;
constexpr std::int64_t kDepth = 1024;

// Intrinsics without a mask make g++ 12 warn of their own headers.
constexpr __mmask16 kAllLanes = 0xFFFF;

// What LDTILECFG reads. Every register holds a whole tile.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> row_bytes{};
  std::array<std::uint8_t, 16> rows{};

  TileConfig() {
    std::fill_n(row_bytes.begin(), 8, std::uint16_t{64});
    std::fill_n(rows.begin(), 8, std::uint8_t{kTileRows});
  }
};

// What stands up to pop_options is compiled for AMX and runs only where it is. No template of a library is
// used there: its code could be shared with the rest of the program.
#pragma GCC push_options
#pragma GCC target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512bf16")

// Split `count` ≤ 16 floats into parts, each the bfloat16 number nearest to what the ones before leave over;
// part p goes to out + p · stride.
template <int Parts>
inline void split(const float* x, std::int64_t count, std::uint16_t* out, std::int64_t stride) {
  const auto lanes = static_cast<__mmask16>(count >= 16 ? 0xFFFF : count <= 0 ? 0 : (1 << count) - 1);
  __m512 rest = _mm512_maskz_loadu_ps(lanes, x);
  for (int p = 0; p < Parts; ++p) {
    const auto part = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(rest));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + p * stride), part);
    if (p + 1 == Parts) break;
    const __m512i words =
        _mm512_maskz_slli_epi32(kAllLanes, _mm512_maskz_cvtepu16_epi32(kAllLanes, part), 16);
    const __m512 value = _mm512_castsi512_ps(words);
    rest = _mm512_sub_ps(rest, value);
  }
}

// Split rows of x into tiles [rows / 16][depth / 32][part][16][32]; what lies beyond `depth` is 0.
template <int Parts>
void split_rows(MatrixView x, std::int64_t padded_rows, std::uint16_t* tiles) {
  const std::int64_t steps = (x.cols + kTileDepth - 1) / kTileDepth;
  for (std::int64_t i = 0; i < padded_rows; ++i) {
    const float* row = x.data + i * x.stride;
    for (std::int64_t s = 0; s < steps; ++s) {
      std::uint16_t* out = tiles + (i / kTileRows * steps + s) * Parts * kTile + i % kTileRows * kTileDepth;
      for (std::int64_t half = 0; half < kTileDepth; half += 16) {
        const std::int64_t first = s * kTileDepth + half;
        split<Parts>(row + first, x.cols - first, out + half, kTile);
      }
    }
  }
}

// Operands of 16 or 32 rows by one panel. `before`: what the sums begin with, `before_stride` apart.
struct TileOperands {
  const std::uint16_t* a;      // [steps][part][16][32]
  const std::uint16_t* lower;  // the same for the lower 16 rows
  const std::uint16_t* panel;  // [steps][part][2][16][32]
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

// Sum over all inputs in order; within a step the smallest products first.
template <int Parts, Rows R>
void multiply_tiles(const TileOperands& o) {
  begin_sums<R>(o);
  for (std::int64_t s = 0; s < o.steps; ++s) {
    const std::int64_t at = s * Parts;
    if constexpr (Parts == 3) {
      load_rows<R>(o, at + 2);
      load_panel(o, at);
      add_products<R>();
      load_rows<R>(o, at + 1);
      add_products<R>();
      load_panel(o, at + 1);
      add_products<R>();
      load_rows<R>(o, at);
      add_products<R>();
      load_panel(o, at + 2);
      add_products<R>();
      load_panel(o, at);
      add_products<R>();
    } else {
      load_rows<R>(o, at);
      load_panel(o, at);
      add_products<R>();
    }
  }
  end_sums<R>(o);
}

void use_tiles(const TileConfig& config) { _tile_loadconfig(&config); }
void release_tiles() { _tile_release(); }

#pragma GCC pop_options

// Memory of a thread: parts of some rows, and a panel of results that is wider than the result.
struct Scratch {
  hwy::AlignedFreeUniquePtr<std::uint16_t[]> tiles = hwy::AllocateAligned<std::uint16_t>(kRows * kDepth * 3);
  AlignedFloats last_panel = AlignedFloats(kRows * kPanelWidth);
};

template <int Parts>
class AmxWeight final : public PackedWeight {
 public:
  explicit AmxWeight(const DenseWeight& weight)
      : inputs_(weight.inputs),
        outputs_(weight.outputs),
        steps_((inputs_ + kTileDepth - 1) / kTileDepth),
        count_((outputs_ + kPanelWidth - 1) / kPanelWidth),
        panels_(hwy::AllocateAligned<std::uint16_t>(static_cast<std::size_t>(numbers()))),
        bias_(padded_bias(weight.bias, count_ * kPanelWidth)) {
    std::fill_n(panels_.get(), numbers(), std::uint16_t{0});
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
  std::int64_t numbers() const { return count_ * steps_ * Parts * 2 * kTile; }

  // Input k of output j stands in row k / 2 of its tile, as one of a pair.
  void pack_column(const std::vector<float>& column, std::int64_t j) {
    std::array<std::uint16_t, Parts * 16> parts;
    const std::int64_t panel = j / kPanelWidth, half = j % kPanelWidth / kTileRows;
    for (std::int64_t k = 0; k < inputs_; k += 16) {
      split<Parts>(column.data() + k, inputs_ - k, parts.data(), 16);
      for (std::int64_t p = 0; p < Parts; ++p) {
        std::uint16_t* tile =
            panels_.get() + (((panel * steps_ + k / kTileDepth) * Parts + p) * 2 + half) * kTile;
        for (std::int64_t i = 0; i < 16; ++i) {
          const std::int64_t within = k % kTileDepth + i;
          tile[within / 2 * kTileDepth + j % kTileRows * 2 + within % 2] = parts[p * 16 + i];
        }
      }
    }
  }

  void multiply_rows(MatrixView x, MutableMatrixView y) const {
    thread_local Scratch scratch;
    static const TileConfig config;
    use_tiles(config);
    const std::int64_t padded = (x.rows + kRowPadding - 1) / kRowPadding * kRowPadding;
    const std::int64_t whole = outputs_ / kPanelWidth;
    for (std::int64_t k = 0; k < inputs_; k += kDepth) {
      const std::int64_t depth = std::min(kDepth, inputs_ - k);
      split_rows<Parts>({x.data + k, x.rows, depth, x.stride}, padded, scratch.tiles.get());
      // The compiler must not move these writes behind the loads of tiles, of whose reading it does not know.
      std::atomic_signal_fence(std::memory_order_seq_cst);
      for (std::int64_t panel = 0; panel < count_; ++panel) {
        float* const out = panel < whole ? y.data + panel * kPanelWidth : scratch.last_panel.data();
        multiply_panel(scratch, {k, panel}, {out, padded, depth, panel < whole ? y.stride : kPanelWidth});
      }
    }
    release_tiles();
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
    const std::int64_t steps = (y.cols + kTileDepth - 1) / kTileDepth, tiles = steps * Parts * kTile;
    TileOperands o{.panel = panels_.get() + (at.panel * steps_ + at.input / kTileDepth) * Parts * 2 * kTile,
                   .steps = steps,
                   .y_stride = y.stride};
    for (std::int64_t i = 0; i < y.rows; i += 2 * kTileRows) {
      o.a = scratch.tiles.get() + i / kTileRows * tiles;
      o.lower = o.a + tiles;
      o.y = y.data + i * y.stride;
      o.before = at.input > 0 ? o.y : bias_.size() > 0 ? bias_.data() + at.panel * kPanelWidth : nullptr;
      o.before_stride = at.input > 0 ? y.stride : 0;
      if (i + kTileRows < y.rows) {
        multiply_tiles<Parts, Rows::thirty_two>(o);
      } else {
        multiply_tiles<Parts, Rows::sixteen>(o);
      }
    }
  }

  std::int64_t inputs_, outputs_;
  std::int64_t steps_;  // tiles that the inputs fill
  std::int64_t count_;  // panels
  hwy::AlignedFreeUniquePtr<std::uint16_t[]> panels_;
  AlignedFloats bias_;
};

// Linux hands the tile registers only to a process that asks. Source: Linux,
// Documentation/arch/x86/xstate.rst.
bool ask_for_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  const bool there = __builtin_cpu_supports("amx-bf16") != 0 && __builtin_cpu_supports("avx512bf16") != 0;
  return there && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool amx_is_there() {
  static const bool there = ask_for_tiles();
  return there;
}

std::unique_ptr<PackedWeight> pack_for_amx(const DenseWeight& weight, GemmPrecision precision) {
  SONDE_ASSERT(amx_is_there());
  if (precision == GemmPrecision::bfloat16) return std::make_unique<AmxWeight<1>>(weight);
  return std::make_unique<AmxWeight<3>>(weight);
}

}  // namespace sonde::kernels

#else

namespace sonde::kernels {

bool amx_is_there() { return false; }

std::unique_ptr<PackedWeight> pack_for_amx(const DenseWeight&, GemmPrecision) {
  SONDE_ASSERT(!"this machine has no AMX");
  return nullptr;
}

}  // namespace sonde::kernels

#endif
