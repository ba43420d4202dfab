#include "sonde/kernels/product.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/digits_internal.h"

namespace sonde::kernels {
namespace {

char letter(Transpose transpose) { return transpose == Transpose::yes ? 'T' : 'N'; }

// Rows and columns of c whose digits are in memory at once: all of them stay in the second cache.
constexpr std::int64_t kRows = 256, kCols = 768;

// Digits of rows of op(a), or of columns of op(b), of at most kDigitInputs inputs.
class Digits {
 public:
  explicit Digits(std::int64_t most) : tiles_(most * kDigitInputs * kDigits), scales_(most) {}

  // Cut `count` rows of `factor` from `first` on, over its columns from `input` on.
  DigitRows cut_left(const Factor& factor, std::int64_t first, std::int64_t count, std::int64_t input) {
    const MutableDigitRows rows = room(factor.cols() - input);
    if (factor.transpose == Transpose::no) {
      cut_rows(part(factor.matrix, first, count, input, rows.inputs), DigitSide::left, rows);
    } else {
      cut_columns(part(factor.matrix, input, rows.inputs, first, count), DigitSide::left, rows);
    }
    return rows;
  }
  // Cut `count` columns from `first` on, over the rows from `input` on.
  DigitRows cut_right(const Factor& factor, std::int64_t first, std::int64_t count, std::int64_t input) {
    const MutableDigitRows rows = room(factor.rows() - input);
    if (factor.transpose == Transpose::no) {
      cut_columns(part(factor.matrix, input, rows.inputs, first, count), DigitSide::right, rows);
    } else {
      cut_rows(part(factor.matrix, first, count, input, rows.inputs), DigitSide::right, rows);
    }
    return rows;
  }

 private:
  static MatrixView part(MatrixView x, std::int64_t row, std::int64_t rows, std::int64_t col,
                         std::int64_t cols) {
    return {x.data + row * x.stride + col, rows, cols, x.stride};
  }
  MutableDigitRows room(std::int64_t inputs) {
    return {tiles_.data(), scales_.data(), std::min(kDigitInputs, inputs)};
  }

  Aligned<std::int8_t> tiles_;
  AlignedFloats scales_;
};

// Cutting costs a third of a nanosecond for every number of both factors, which products at more than twice
// the speed must earn back; and few inputs are summed better in floats (docs/decisions/0002).
bool digits_are_faster(std::int64_t m, std::int64_t n, std::int64_t k) {
  return amx_is_there() && k >= kInputsForEight && m * n >= 48 * (m + n);
}

void multiply_by_digits(const Factor& a, const Factor& b, MutableMatrixView c, Before before) {
  thread_local Digits left(kRows), right(kCols);
  const TileRegisters registers;
  const std::int64_t inputs = a.cols();
  for (std::int64_t j = 0; j < c.cols; j += kCols) {
    const std::int64_t cols = std::min(kCols, c.cols - j);
    for (std::int64_t k = 0; k < inputs; k += kDigitInputs) {
      const DigitRows columns = right.cut_right(b, j, cols, k);
      for (std::int64_t i = 0; i < c.rows; i += kRows) {
        const std::int64_t rows = std::min(kRows, c.rows - i);
        const MutableMatrixView y{c.data + i * c.stride + j, rows, cols, c.stride};
        const DigitFactors factors{left.cut_left(a, i, rows, k), columns, products_for(inputs)};
        multiply_digits(factors, k > 0 || before == Before::added_to ? MatrixView(y) : MatrixView{}, y);
      }
    }
  }
}

void clear(MutableMatrixView c) {
  for (std::int64_t i = 0; i < c.rows; ++i) std::ranges::fill(c.row(i), 0.0f);
}

}  // namespace

void matrix_product(const Factor& a, const Factor& b, MutableMatrixView c, Before before) {
  SONDE_ASSERT(a.rows() == c.rows && b.cols() == c.cols && a.cols() == b.rows());
  if (c.rows == 0 || c.cols == 0) return;
  if (a.cols() == 0) {
    if (before == Before::overwritten) clear(c);
    return;
  }
  if (digits_are_faster(c.rows, c.cols, a.cols())) return multiply_by_digits(a, b, c, before);
  omp_set_num_threads(1);  // of this thread; oneDNN would otherwise start a team per call
  const float keep = before == Before::added_to ? 1.0f : 0.0f;
  const dnnl_status_t status =
      dnnl_sgemm(letter(a.transpose), letter(b.transpose), c.rows, c.cols, a.cols(), 1.0f, a.matrix.data,
                 a.matrix.stride, b.matrix.data, b.matrix.stride, keep, c.data, c.stride);
  SONDE_ASSERT(status == dnnl_success);
}

}  // namespace sonde::kernels
