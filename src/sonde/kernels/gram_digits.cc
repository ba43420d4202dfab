// xᵀx on AMX tiles: columns are cut into digits over 384 rows at a time, once for each side of the product.
#include <algorithm>
#include <atomic>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/digits_internal.h"
#include "sonde/kernels/gram.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

#include "sonde/kernels/tile_products-inl.h"
#endif

namespace sonde::kernels {

// One run of rows that share scales: both sides of all columns.
struct GramDigits::Chunks {
  std::int64_t cols, count;  // whole panels; runs of rows
  std::int64_t rows = 0;
  Aligned<std::int8_t> left, right;  // [count][cols / 16][steps][kDigits][16][64]
  AlignedFloats scales;              // [count][cols]

  Chunks(std::int64_t most_rows, std::int64_t given)
      : cols(gram_panels(given) * kGramPanel),
        count((most_rows + kDigitInputs - 1) / kDigitInputs),
        left(count * cols * kDigitInputs * kDigits),
        right(left.size()),
        scales(count * cols) {}

  // The columns from `col` on, in run `chunk` of rows.
  MutableDigitRows side(Aligned<std::int8_t>& tiles, std::int64_t chunk, std::int64_t col) {
    const std::int64_t inputs = std::min(kDigitInputs, rows - chunk * kDigitInputs);
    MutableDigitRows digits{tiles.data() + chunk * cols * kDigitInputs * kDigits,
                            scales.data() + chunk * cols + col, inputs};
    digits.tiles += col / kTileRows * digits.bytes();
    return digits;
  }
  std::int64_t chunks() const { return (rows + kDigitInputs - 1) / kDigitInputs; }
};

bool GramDigits::there() { return amx_is_there(); }

GramDigits::GramDigits(std::int64_t most_rows, std::int64_t cols)
    : chunks_(std::make_unique<Chunks>(most_rows, cols)) {}
GramDigits::~GramDigits() = default;
GramDigits::GramDigits(GramDigits&&) noexcept = default;
GramDigits& GramDigits::operator=(GramDigits&&) noexcept = default;

void GramDigits::set_rows(std::int64_t rows) { chunks_->rows = rows; }

void GramDigits::take(const GramRows<float>& x, std::int64_t first, std::int64_t last) {
  SONDE_ASSERT(x.rows() == chunks_->rows);
  for (std::int64_t chunk = 0; chunk < chunks_->chunks(); ++chunk) {
    for (std::int64_t panel = first; panel < last; ++panel) {
      const MutableDigitRows left = chunks_->side(chunks_->left, chunk, panel * kGramPanel);
      const MutableDigitRows right = chunks_->side(chunks_->right, chunk, panel * kGramPanel);
      const float* from = x.panel(chunk * (kDigitInputs / kGramStrip), panel);
      cut_columns({from, right.inputs, kGramPanel, kGramPanel}, DigitSide::right, right);
      lay_for_other_side(right, kGramPanel, left.tiles);
    }
  }
}

#if defined(__x86_64__) && defined(__linux__)
namespace {

#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl")

// What a tile of the product takes of one run of rows: a [cols from tile.first_row], b [from tile.first_col].
void add_products(const DigitRows& a, const DigitRows& b, const GramTile& tile, const GramSum& c) {
  constexpr std::int64_t kTilesOfPanel = kGramPanel / kTileRows;
  TileStream<double, DigitProducts::eight> stream;
  for (std::int64_t j = tile.first_col * kTilesOfPanel; j < tile.last_col * kTilesOfPanel; ++j) {
    const std::int64_t here = j / kTilesOfPanel + 1;
    const std::int64_t last = (here < tile.last_row ? here : tile.last_row) * kTilesOfPanel;
    const std::int64_t col = j - tile.first_col * kTilesOfPanel;
    TileFactors factors{a.tiles, b.tiles + col * b.bytes(), a.steps(), nullptr, 0};
    for (std::int64_t i = tile.first_row * kTilesOfPanel; i < last; ++i, factors.rows += a.bytes()) {
      double* const at = c.data + i * kTileRows * c.stride + j * kTileRows;
      stream.multiply(factors, {.row_scales = a.scales + (i - tile.first_row * kTilesOfPanel) * kTileRows,
                                .col_scales = b.scales + col * kTileRows,
                                .before = at,
                                .before_stride = c.stride,
                                .y = at,
                                .y_stride = c.stride,
                                .rows = kTileRows,
                                .cols = kTileRows});
    }
  }
  stream.finish();
}

#pragma GCC pop_options

}  // namespace

void add_gram(const GramDigits& x, const GramTile& tile, const GramSum& c) {
  const TileRegisters registers;
  GramDigits::Chunks& chunks = *x.chunks_;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  for (std::int64_t chunk = 0; chunk < chunks.chunks(); ++chunk) {
    add_products(chunks.side(chunks.left, chunk, tile.first_row * kGramPanel),
                 chunks.side(chunks.right, chunk, tile.first_col * kGramPanel), tile, c);
  }
}
#else
void add_gram(const GramDigits&, const GramTile&, const GramSum&) { SONDE_ASSERT(!"no AMX here"); }
#endif

}  // namespace sonde::kernels
