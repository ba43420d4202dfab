#include "sonde/kernels/row_products.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/row_products.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;
using Doubles = hn::Vec<DoubleTag>;

HWY_INLINE std::int64_t lanes_of_double() { return static_cast<std::int64_t>(hn::Lanes(DoubleTag())); }

HWY_INLINE Doubles load(const double* from) { return hn::LoadU(DoubleTag(), from); }
HWY_INLINE Doubles load(const float* from) {
  return hn::PromoteTo(DoubleTag(), hn::LoadU(hn::Rebind<float, DoubleTag>(), from));
}

// Products of kRows rows by kColumns columns: one vector of partial sums each, which run over the length in
// steps of a vector and are added at the end, the rest one by one.
template <int kRows, int kColumns, class T>
HWY_INLINE void product_tile(const BasicMatrixView<const T>& x, DoubleView w, MutableDoubleView out) {
  const std::int64_t step = lanes_of_double(), length = x.cols;
  const T* HWY_RESTRICT rows = x.data;
  const double* HWY_RESTRICT columns = w.data;
  Doubles sums[kRows][kColumns];
  for (int i = 0; i < kRows; ++i) {
    for (int c = 0; c < kColumns; ++c) sums[i][c] = hn::Zero(DoubleTag());
  }
  std::int64_t j = 0;
  for (; j + step <= length; j += step) {
    Doubles column[kColumns];
    for (int c = 0; c < kColumns; ++c) column[c] = load(columns + c * w.stride + j);
    for (int i = 0; i < kRows; ++i) {
      const Doubles row = load(rows + i * x.stride + j);
      for (int c = 0; c < kColumns; ++c) sums[i][c] = hn::MulAdd(row, column[c], sums[i][c]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int c = 0; c < kColumns; ++c) {
      double sum = hn::GetLane(hn::SumOfLanes(DoubleTag(), sums[i][c]));
      for (std::int64_t t = j; t < length; ++t)
        sum += static_cast<double>(rows[i * x.stride + t]) * columns[c * w.stride + t];
      out.data[i * out.stride + c] = sum;
    }
  }
}

// Tiles that keep the multiply-adds of a core busy and their sums in registers, of which AVX-512 has 32. A
// widening costs as much as a multiply-add, so the more columns share it the better.
constexpr bool kManyRegisters = HWY_TARGET <= HWY_AVX3;
constexpr int kWideColumns = kManyRegisters ? 8 : 4;
constexpr int kProductRows =
    kManyRegisters ? 4 : 2;  // by 4 columns, which a first cache holds up to d = 1,500

template <class T>
BasicMatrixView<T> part(const BasicMatrixView<T>& all, std::int64_t first, std::int64_t rows) {
  return {all.data + first * all.stride, rows, all.cols, all.stride};
}

template <int kRows, int kColumns, class T>
HWY_INLINE void product_columns(const BasicMatrixView<const T>& x, DoubleView w, MutableDoubleView out) {
  std::int64_t i = 0;
  for (; i + kRows <= x.rows; i += kRows)
    product_tile<kRows, kColumns>(part(x, i, kRows), w, part(out, i, kRows));
  for (; i < x.rows; ++i) product_tile<1, kColumns>(part(x, i, 1), w, part(out, i, 1));
}

template <class T>
HWY_INLINE void products(const BasicMatrixView<const T>& x, DoubleView w, MutableDoubleView out) {
  const auto beside = [&](std::int64_t c) {
    return MutableDoubleView{out.data + c, out.rows, out.cols - c, out.stride};
  };
  std::int64_t c = 0;
  for (; c + 4 <= w.rows; c += 4) product_columns<kProductRows, 4>(x, part(w, c, 4), beside(c));
  for (; c + 2 <= w.rows; c += 2) product_columns<4, 2>(x, part(w, c, 2), beside(c));
  for (; c < w.rows; ++c) product_columns<8, 1>(x, part(w, c, 1), beside(c));
}

void single_products(const MatrixView& x, const DoubleView& w, const MutableDoubleView& out) {
  products(x, w, out);
}
void double_products(const DoubleView& a, const DoubleView& b, const MutableDoubleView& out) {
  products(a, b, out);
}

// sums[c, j …] over all rows for kColumns columns and kVectors vectors of the width.
template <int kColumns, int kVectors>
HWY_INLINE void weighted_tile(MatrixView x, DoubleView factors, MutableDoubleView sums) {
  const std::int64_t step = lanes_of_double();
  Doubles total[kColumns][kVectors];
  for (int c = 0; c < kColumns; ++c) {
    for (int v = 0; v < kVectors; ++v) total[c][v] = load(sums.data + c * sums.stride + v * step);
  }
  for (std::int64_t i = 0; i < x.rows; ++i) {
    Doubles row[kVectors];
    for (int v = 0; v < kVectors; ++v) row[v] = load(x.data + i * x.stride + v * step);
    for (int c = 0; c < kColumns; ++c) {
      const Doubles factor = hn::Set(DoubleTag(), factors.data[i * factors.stride + c]);
      for (int v = 0; v < kVectors; ++v) total[c][v] = hn::MulAdd(factor, row[v], total[c][v]);
    }
  }
  for (int c = 0; c < kColumns; ++c) {
    for (int v = 0; v < kVectors; ++v)
      hn::StoreU(total[c][v], DoubleTag(), sums.data + c * sums.stride + v * step);
  }
}

template <int kColumns>
HWY_INLINE void weighted_columns(MatrixView x, DoubleView factors, MutableDoubleView sums) {
  constexpr int kVectors = !kManyRegisters ? 2 : kColumns == 8 ? 3 : kColumns == 4 ? 4 : 8;
  const std::int64_t step = lanes_of_double(), d = x.cols;
  const auto beside = [&](const auto& all, std::int64_t j) {
    auto moved = all;
    moved.data += j;
    return moved;
  };
  std::int64_t j = 0;
  for (; j + kVectors * step <= d; j += kVectors * step)
    weighted_tile<kColumns, kVectors>(beside(x, j), factors, beside(sums, j));
  for (; j + step <= d; j += step) weighted_tile<kColumns, 1>(beside(x, j), factors, beside(sums, j));
  for (; j < d; ++j) {
    for (int c = 0; c < kColumns; ++c) {
      double total = sums.data[c * sums.stride + j];
      for (std::int64_t i = 0; i < x.rows; ++i)
        total += factors.data[i * factors.stride + c] * x.data[i * x.stride + j];
      sums.data[c * sums.stride + j] = total;
    }
  }
}

void weighted(const MatrixView& x, const DoubleView& factors, const MutableDoubleView& sums) {
  std::int64_t c = 0;
  const auto rest = [&] {
    return DoubleView{factors.data + c, factors.rows, factors.cols - c, factors.stride};
  };
  for (; c + kWideColumns <= sums.rows; c += kWideColumns)
    weighted_columns<kWideColumns>(x, rest(), part(sums, c, kWideColumns));
  if constexpr (kManyRegisters) {
    for (; c + 4 <= sums.rows; c += 4) weighted_columns<4>(x, rest(), part(sums, c, 4));
    for (; c + 2 <= sums.rows; c += 2) weighted_columns<2>(x, rest(), part(sums, c, 2));
  }
  for (; c < sums.rows; ++c) weighted_columns<1>(x, rest(), part(sums, c, 1));
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(single_products);
HWY_EXPORT(double_products);
HWY_EXPORT(weighted);

// Rows that stay in the second cache while all columns meet them.
constexpr std::int64_t kRowBlock = 64;

template <class T, class Work>
void by_row_blocks(const BasicMatrixView<T>& rows, const Work& work) {
  for (std::int64_t first = 0; first < rows.rows; first += kRowBlock) {
    const std::int64_t count = std::min(kRowBlock, rows.rows - first);
    work(first, BasicMatrixView<T>{rows.data + first * rows.stride, count, rows.cols, rows.stride});
  }
}

}  // namespace

void row_products(MatrixView x, DoubleView w, MutableDoubleView out) {
  SONDE_ASSERT(x.cols == w.cols && out.rows == x.rows && out.cols == w.rows);
  by_row_blocks(x, [&](std::int64_t first, const MatrixView& block) {
    HWY_DYNAMIC_DISPATCH(single_products)
    (block, w, {out.data + first * out.stride, block.rows, out.cols, out.stride});
  });
}

void row_products(DoubleView a, DoubleView b, MutableDoubleView out) {
  SONDE_ASSERT(a.cols == b.cols && out.rows == a.rows && out.cols == b.rows);
  by_row_blocks(a, [&](std::int64_t first, const DoubleView& block) {
    HWY_DYNAMIC_DISPATCH(double_products)
    (block, b, {out.data + first * out.stride, block.rows, out.cols, out.stride});
  });
}

void add_weighted_rows(MatrixView x, DoubleView factors, MutableDoubleView sums) {
  SONDE_ASSERT(x.rows == factors.rows && factors.cols == sums.rows && sums.cols == x.cols);
  by_row_blocks(x, [&](std::int64_t first, const MatrixView& block) {
    HWY_DYNAMIC_DISPATCH(weighted)
    (block, {factors.data + first * factors.stride, block.rows, factors.cols, factors.stride}, sums);
  });
}

}  // namespace sonde::kernels
#endif
