#include "sonde/kernels/few_rows.h"

#include <algorithm>
#include <cstdint>

#include "sonde/kernels/aligned.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/few_rows.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

HWY_INLINE std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(Tag())); }

// Columns beside each other whose sums over two vectors of rows are in registers.
constexpr int kColumns = HWY_TARGET <= HWY_AVX3 ? 8 : 4;

// Swaps rows and columns of four vectors at a time.
class Turner {
 public:
  // Write the columns that four vectors make up as rows.
  HWY_INLINE void write(Vector a, Vector b, Vector c, Vector d, const MutableMatrixView& rows) {
    hn::StoreInterleaved4(a, b, c, d, Tag(), values_);
    for (std::int64_t i = 0; i < rows.rows; ++i) std::copy_n(values_ + 4 * i, 4, rows.data + i * rows.stride);
  }

 private:
  HWY_ALIGN float values_[4 * HWY_MAX_BYTES / sizeof(float)];
};

// Write x turned: inputs one after the other, each with its number in every row. Rows past the last are
// zeros. turned: [inputs, width].
void turn(MatrixView x, std::int64_t width, float* turned) {
  Turner turner;
  const std::int64_t step = lanes();
  std::int64_t k = 0;
  for (; k + step <= x.cols; k += step) {
    for (std::int64_t i = 0; i < width; i += 4) {
      const auto load = [&](std::int64_t r) {
        return r < x.rows ? hn::LoadU(Tag(), x.data + r * x.stride + k) : hn::Zero(Tag());
      };
      turner.write(load(i), load(i + 1), load(i + 2), load(i + 3), {turned + k * width + i, step, 4, width});
    }
  }
  for (; k < x.cols; ++k) {
    for (std::int64_t i = 0; i < width; ++i)
      turned[k * width + i] = i < x.rows ? x.data[i * x.stride + k] : 0.0f;
  }
}

// Results of kC columns and some rows, from vectors whose lanes are rows.
template <int kC>
HWY_INLINE void write_results(const Vector (&sums)[kC], const MutableMatrixView& out) {
  const std::int64_t count = std::min(lanes(), out.rows);
  if constexpr (kC % 4 == 0) {
    Turner turner;
#pragma GCC unroll 2
    for (int c = 0; c < kC; c += 4)
      turner.write(sums[c], sums[c + 1], sums[c + 2], sums[c + 3], {out.data + c, count, 4, out.stride});
  } else {
    HWY_ALIGN float values[HWY_MAX_BYTES / sizeof(float)];
#pragma GCC unroll 8
    for (int c = 0; c < kC; ++c) {
      hn::Store(sums[c], Tag(), values);
      for (std::int64_t i = 0; i < count; ++i) out.data[i * out.stride + c] = values[i];
    }
  }
}

// kC columns of two vectors of rows. turned: [inputs, width], from the first of the rows on.
template <int kC>
HWY_INLINE void multiply(const float* turned, std::int64_t width, MatrixView w,
                         const MutableMatrixView& out) {
  const Tag d;
  Vector low[kC], high[kC];
#pragma GCC unroll 8
  for (int c = 0; c < kC; ++c) low[c] = high[c] = hn::Zero(d);
  for (std::int64_t k = 0; k < w.cols; ++k, turned += width) {
    const Vector a = hn::Load(d, turned), b = hn::Load(d, turned + lanes());
#pragma GCC unroll 8
    for (int c = 0; c < kC; ++c) {
      const Vector factor = hn::Set(d, w.data[c * w.stride + k]);
      low[c] = hn::MulAdd(factor, a, low[c]);
      high[c] = hn::MulAdd(factor, b, high[c]);
    }
  }
  write_results(low, out);
  if (out.rows > lanes())
    write_results(high, {out.data + lanes() * out.stride, out.rows - lanes(), kC, out.stride});
}

// kC columns of all rows.
template <int kC>
HWY_INLINE void multiply_columns(const float* turned, std::int64_t width, MatrixView w,
                                 const MutableMatrixView& out) {
  for (std::int64_t i = 0; i < width; i += 2 * lanes())
    multiply<kC>(turned + i, width, w, {out.data + i * out.stride, out.rows - i, kC, out.stride});
}

void few_rows(const MatrixView& x, const MatrixView& w, const MutableMatrixView& out,
              Aligned<float>& memory) {
  const std::int64_t block =
      std::max<std::int64_t>(4, 2 * lanes());  // whole vectors, and rows that are turned
  const std::int64_t width = (x.rows + block - 1) / block * block;
  if (memory.size() < width * x.cols) memory = Aligned<float>(width * x.cols);
  turn(x, width, memory.data());
  const auto columns = [&](std::int64_t c, std::int64_t count) {
    return MatrixView{w.data + c * w.stride, count, w.cols, w.stride};
  };
  const auto results = [&](std::int64_t c) {
    return MutableMatrixView{out.data + c, out.rows, out.cols - c, out.stride};
  };
  std::int64_t c = 0;
  for (; c + kColumns <= w.rows; c += kColumns)
    multiply_columns<kColumns>(memory.data(), width, columns(c, kColumns), results(c));
  for (; c < w.rows; ++c) multiply_columns<1>(memory.data(), width, columns(c, 1), results(c));
}

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {
HWY_EXPORT(few_rows);
}  // namespace

void few_row_products(MatrixView x, MatrixView w, MutableMatrixView out) {
  SONDE_ASSERT(x.cols == w.cols && out.rows == x.rows && out.cols == w.rows);
  thread_local Aligned<float> memory;
  HWY_DYNAMIC_DISPATCH(few_rows)(x, w, out, memory);
}

}  // namespace sonde::kernels
#endif
