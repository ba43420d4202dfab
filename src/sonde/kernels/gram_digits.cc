// Columns are cut into digits over 384 rows at a time, once for each side of the product. The sums of 16 × 16
// columns lie together, those of a column of tiles one after the other: written row by row into a matrix they
// would wait for memory half of the time.
#include "sonde/kernels/gram_digits.h"

#include <algorithm>
#include <atomic>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/digits_internal.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

#include "sonde/kernels/tile_products-inl.h"
#endif

namespace sonde::kernels {
namespace {

constexpr std::int64_t kTilesOfPanel = kGramPanel / kTileRows;
constexpr std::int64_t kSumsOfTile = kTileRows * kTileRows;
// Rows of a run from which on six products do: sums over many runs average further what these leave out.
constexpr std::int64_t kRowsForSix = 256;

// Where the sums of tile (i, j) begin, i ≤ j.
constexpr std::int64_t sums_at(std::int64_t i, std::int64_t j) { return (j * (j + 1) / 2 + i) * kSumsOfTile; }

}  // namespace

// Digits of one block of rows, both sides of all columns, a run of rows after the other; and the sums.
struct GramDigits::State {
  std::int64_t cols;  // whole panels
  std::int64_t rows = 0;
  Aligned<std::int8_t> left, right;  // [runs][cols / 16][steps][kDigits][16][64]
  AlignedFloats scales;              // [runs][cols]
  Aligned<double> sums;              // [tiles on and above the diagonal][16][16]

  State(std::int64_t most_rows, std::int64_t given)
      : cols(gram_panels(given) * kGramPanel),
        rows(most_rows),
        left(runs() * cols * kDigitInputs * kDigits),
        right(left.size()),
        scales(runs() * cols),
        sums(aligned_zeros<double>(sums_at(0, cols / kTileRows))) {}

  std::int64_t runs() const { return (rows + kDigitInputs - 1) / kDigitInputs; }

  // The columns from `col` on, in a run of rows.
  MutableDigitRows side(Aligned<std::int8_t>& tiles, std::int64_t run, std::int64_t col) {
    MutableDigitRows digits{tiles.data() + run * cols * kDigitInputs * kDigits,
                            scales.data() + run * cols + col,
                            std::min(kDigitInputs, rows - run * kDigitInputs)};
    digits.tiles += col / kTileRows * digits.bytes();
    return digits;
  }
};

bool GramDigits::there() { return amx_is_there(); }

GramDigits::GramDigits(std::int64_t most_rows, std::int64_t cols)
    : state_(std::make_unique<State>(most_rows, cols)) {}
GramDigits::~GramDigits() = default;
GramDigits::GramDigits(GramDigits&&) noexcept = default;
GramDigits& GramDigits::operator=(GramDigits&&) noexcept = default;

void GramDigits::set_rows(std::int64_t rows) { state_->rows = rows; }

void GramDigits::take(MatrixView x, std::span<const double> centre, std::int64_t first) {
  SONDE_ASSERT(x.rows == state_->rows && x.cols % kGramPanel == 0);
  for (std::int64_t run = 0; run < state_->runs(); ++run) {
    const MutableDigitRows left = state_->side(state_->left, run, first * kGramPanel);
    const MutableDigitRows right = state_->side(state_->right, run, first * kGramPanel);
    cut_columns({x.data + run * kDigitInputs * x.stride, right.inputs, x.cols, x.stride}, centre,
                DigitSide::right, right);
    lay_for_other_side(right, x.cols, left.tiles);
  }
}

void GramDigits::add_to(const GramSum& c, std::int64_t panel) const {
  const std::int64_t tiles = state_->cols / kTileRows;
  for (std::int64_t row = panel * kGramPanel; row < (panel + 1) * kGramPanel; ++row) {
    const std::int64_t i = row / kTileRows;
    for (std::int64_t j = i; j < tiles; ++j) {
      const double* const sums = state_->sums.data() + sums_at(i, j) + row % kTileRows * kTileRows;
      double* const to = c.data + row * c.stride + j * kTileRows;
      for (std::int64_t k = 0; k < kTileRows; ++k) to[k] += sums[k];
    }
  }
}

#if defined(__x86_64__) && defined(__linux__)
namespace {

#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl")

// Add to `sums` what a tile of the product takes of one run of rows: a [cols from tile.first_row], b [cols
// from tile.first_col].
template <DigitProducts P>
void add_products(const DigitRows& a, const DigitRows& b, const GramTile& tile, double* sums) {
  const std::int64_t first_row = tile.first_row * kTilesOfPanel, last_row = tile.last_row * kTilesOfPanel;
  const std::int64_t first_col = tile.first_col * kTilesOfPanel, last_col = tile.last_col * kTilesOfPanel;
  const std::int64_t steps = a.steps();
  TileStream<double, P> stream;
  for (std::int64_t j = first_col; j < last_col; ++j) {
    const std::int64_t last = j + 1 < last_row ? j + 1 : last_row;
    TileFactors factors{a.tiles, b.tiles + (j - first_col) * b.bytes(), steps};
    Ahead columns = Ahead::within((last - first_row) * steps, factors.columns + b.bytes(),
                                  j + 1 < last_col ? b.bytes() : 0);
    for (std::int64_t i = first_row; i < last; ++i, factors.rows += a.bytes()) {
      double* const at = sums + sums_at(i, j);
      stream.multiply(factors,
                      {.row_scales = a.scales + (i - first_row) * kTileRows,
                       .col_scales = b.scales + (j - first_col) * kTileRows,
                       .before = at,
                       .before_stride = kTileRows,
                       .y = at,
                       .y_stride = kTileRows,
                       .rows = kTileRows,
                       .cols = kTileRows},
                      columns);
    }
  }
  stream.finish();
}

#pragma GCC pop_options

}  // namespace

void GramDigits::add(const GramTile& tile) {
  const TileRegisters registers;
  State& s = *state_;
  const std::int64_t row = tile.first_row * kGramPanel, col = tile.first_col * kGramPanel;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  for (std::int64_t run = 0; run < s.runs(); ++run) {
    const DigitRows left = s.side(s.left, run, row), right = s.side(s.right, run, col);
    if (left.inputs < kRowsForSix) {
      add_products<DigitProducts::eight>(left, right, tile, s.sums.data());
    } else {
      add_products<DigitProducts::six>(left, right, tile, s.sums.data());
    }
  }
}
#else
void GramDigits::add(const GramTile&) { SONDE_ASSERT(!"no AMX here"); }
#endif

}  // namespace sonde::kernels
