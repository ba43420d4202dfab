#include <atomic>

#include "sonde/kernels/digits_internal.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

#include "sonde/kernels/tile_products-inl.h"

namespace sonde::kernels {
namespace {

#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl")

// A product, all of it over the same inputs.
struct Product {
  const DigitRows &a, &b;
  MatrixView before;
  MutableMatrixView y;

  // Tile (i, j) of the results.
  TileResults<float> results(std::int64_t i, std::int64_t j) const {
    const std::int64_t row = i * kTileRows, col = j * kTileRows;
    return {.row_scales = a.scales + row,
            .col_scales = b.scales + col,
            .before = before.data == nullptr ? nullptr : before.data + row * before.stride + col,
            .before_stride = before.stride,
            .y = y.data + row * y.stride + col,
            .y_stride = y.stride,
            .rows = y.rows - row < kTileRows ? y.rows - row : kTileRows,
            .cols = y.cols - col};
  }
};

template <DigitProducts P>
void multiply_tiles(const Product& product) {
  const std::int64_t row_tiles = (product.y.rows + kTileRows - 1) / kTileRows;
  const std::int64_t col_tiles = (product.y.cols + kTileRows - 1) / kTileRows;
  const std::int64_t steps = product.a.steps();
  TileStream<float, P> stream;
  for (std::int64_t j = 0; j < col_tiles; ++j) {
    TileFactors factors{product.a.tiles, product.b.tiles + j * product.b.bytes(), steps};
    Ahead columns = Ahead::within(row_tiles * steps, factors.columns + product.b.bytes(),
                                  j + 1 < col_tiles ? product.b.bytes() : 0);
    for (std::int64_t i = 0; i < row_tiles; ++i, factors.rows += product.a.bytes())
      stream.multiply(factors, product.results(i, j), columns);
  }
  stream.finish();
}

#pragma GCC pop_options

}  // namespace

void multiply_digits(const DigitFactors& factors, MatrixView before, MutableMatrixView y) {
  SONDE_ASSERT(factors.a.inputs == factors.b.inputs);
  if (y.rows == 0 || y.cols == 0) return;
  // The compiler must not move writes of digits behind the loads of tiles, of whose reading it does not know.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const Product product{factors.a, factors.b, before, y};
  if (factors.products == DigitProducts::six) {
    multiply_tiles<DigitProducts::six>(product);
  } else {
    multiply_tiles<DigitProducts::eight>(product);
  }
}

}  // namespace sonde::kernels

#else

namespace sonde::kernels {

void multiply_digits(const DigitFactors&, MatrixView, MutableMatrixView) { SONDE_ASSERT(!"no AMX here"); }

}  // namespace sonde::kernels

#endif
