#include "sonde/kernels/product.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

#include "sonde/kernels/aligned.h"
#include "sonde/kernels/digits_internal.h"
#include "sonde/kernels/few_rows.h"

namespace sonde::kernels {
namespace {

char letter(Transpose transpose) { return transpose == Transpose::yes ? 'T' : 'N'; }

// Rows and columns of c whose digits are in memory at once: all of them stay in the second cache.
constexpr std::int64_t kRows = 256, kCols = 768;
// Columns of a part of a ready factor: many enough to pay for a worker's turn.
constexpr std::int64_t kColsOfPart = 256;

MatrixView part(MatrixView x, std::int64_t row, std::int64_t rows, std::int64_t col, std::int64_t cols) {
  return {x.data + row * x.stride + col, rows, cols, x.stride};
}

// Cut `count` rows of a left factor from `first` on, over its columns from `input` on.
void cut_left(const Factor& factor, std::int64_t first, std::int64_t count, std::int64_t input,
              const MutableDigitRows& out) {
  if (factor.transpose == Transpose::no) {
    cut_rows(part(factor.matrix, first, count, input, out.inputs), DigitSide::left, out);
  } else {
    cut_columns(part(factor.matrix, input, out.inputs, first, count), DigitSide::left, out);
  }
}

// Cut `count` columns of a right factor from `first` on, over its rows from `input` on.
void cut_right(const Factor& factor, std::int64_t first, std::int64_t count, std::int64_t input,
               const MutableDigitRows& out) {
  if (factor.transpose == Transpose::no) {
    cut_columns(part(factor.matrix, input, out.inputs, first, count), DigitSide::right, out);
  } else {
    cut_rows(part(factor.matrix, first, count, input, out.inputs), DigitSide::right, out);
  }
}

// Room for digits of rows of op(a), or of columns of op(b), of at most kDigitInputs inputs.
class Digits {
 public:
  explicit Digits(std::int64_t most) : tiles_(most * kDigitInputs * kDigits), scales_(most) {}

  MutableDigitRows room(std::int64_t inputs) {
    return {tiles_.data(), scales_.data(), std::min(kDigitInputs, inputs)};
  }

 private:
  Aligned<std::int8_t> tiles_;
  AlignedFloats scales_;
};

// The columns of c whose digits are in memory at once, over inputs that share a scale.
struct ColumnPart {
  std::int64_t first, count, input;
};

// `columns_of` gives the digits of a ColumnPart of b.
template <class ColumnsOf>
void multiply_by_digits(const Factor& a, MutableMatrixView c, Before before, const ColumnsOf& columns_of) {
  thread_local Digits left(kRows);
  const TileRegisters registers;
  const std::int64_t inputs = a.cols();
  for (std::int64_t j = 0; j < c.cols; j += kCols) {
    const std::int64_t cols = std::min(kCols, c.cols - j);
    for (std::int64_t k = 0; k < inputs; k += kDigitInputs) {
      const DigitRows columns = columns_of(ColumnPart{j, cols, k});
      for (std::int64_t i = 0; i < c.rows; i += kRows) {
        const std::int64_t rows = std::min(kRows, c.rows - i);
        const MutableMatrixView y{c.data + i * c.stride + j, rows, cols, c.stride};
        const MutableDigitRows cut = left.room(inputs - k);
        cut_left(a, i, rows, k, cut);
        multiply_digits({cut, columns, products_for(inputs)},
                        k > 0 || before == Before::added_to ? MatrixView(y) : MatrixView{}, y);
      }
    }
  }
}

void clear(MutableMatrixView c) {
  for (std::int64_t i = 0; i < c.rows; ++i) std::ranges::fill(c.row(i), 0.0f);
}

// Give c = op(a) · op(b) + keep · c.
void multiply_by_onednn(const Factor& a, const Factor& b, MutableMatrixView c, float keep) {
  omp_set_num_threads(1);  // of this thread; oneDNN would otherwise start a team per call
  const dnnl_status_t status =
      dnnl_sgemm(letter(a.transpose), letter(b.transpose), c.rows, c.cols, a.cols(), 1.0f, a.matrix.data,
                 a.matrix.stride, b.matrix.data, b.matrix.stride, keep, c.data, c.stride);
  SONDE_ASSERT(status == dnnl_success);
}

// Give c = a · b of a few inputs, which is a sum of as many rows.
void multiply_few_inputs(const Factor& a, const Factor& b, MutableMatrixView c) {
  clear(c);
  const std::int64_t step = a.transpose == Transpose::no ? 1 : a.matrix.stride;
  for (std::int64_t i = 0; i < c.rows; ++i) {
    const float* const factors = a.matrix.data + i * (a.transpose == Transpose::no ? a.matrix.stride : 1);
    for (std::int64_t k = 0; k < b.matrix.rows; ++k) {
      const float* const row = b.matrix.data + k * b.matrix.stride;
      float* const to = c.data + i * c.stride;
      for (std::int64_t j = 0; j < c.cols; ++j) to[j] += factors[k * step] * row[j];
    }
  }
}

// Products that cost oneDNN 2.6 more to prepare than to compute.
constexpr std::int64_t kFewInputs = 4;

void multiply_in_floats(const Factor& a, const Factor& b, MutableMatrixView c, Before before) {
  if (before == Before::overwritten) {
    if (b.transpose == Transpose::no && b.rows() <= kFewInputs) return multiply_few_inputs(a, b, c);
    if (a.transpose == Transpose::no && b.transpose == Transpose::yes && few_rows_are_faster(a.rows()))
      return few_row_products(a.matrix, b.matrix, c);
  }
  multiply_by_onednn(a, b, c, before == Before::added_to ? 1.0f : 0.0f);
}

// Cutting costs a third of a nanosecond for every number of a factor, which products at more than twice the
// speed must earn back, each number with so many columns or rows; and few inputs are summed better in floats
// (docs/decisions/0002).
constexpr std::int64_t kUsesOfANumber = 48;

bool digits_are_faster(std::int64_t m, std::int64_t n, std::int64_t k) {
  return amx_is_there() && k >= kInputsForEight && m * n >= kUsesOfANumber * (m + n);
}

std::int64_t whole_tiles(std::int64_t rows) { return (rows + kTileRows - 1) / kTileRows * kTileRows; }

// Where the digits of a ready factor lie, of its columns from `column` on over the inputs from `input` on
// that share a scale.
template <class Byte, class Float>
BasicDigitRows<Byte, Float> digits_at(const Factor& b, Byte* tiles, Float* scales, std::int64_t input,
                                      std::int64_t column) {
  const std::int64_t padded = whole_tiles(b.cols());
  BasicDigitRows<Byte, Float> digits{tiles + input * padded * kDigits,
                                     scales + input / kDigitInputs * padded + column,
                                     std::min(kDigitInputs, b.rows() - input)};
  digits.tiles += column / kTileRows * digits.bytes();
  return digits;
}

std::int64_t parts_in(std::int64_t size, std::int64_t part) { return (size + part - 1) / part; }

// Finish a product that sums nothing; tell whether it was one.
bool finish_if_empty(const Factor& a, const Factor& b, MutableMatrixView c, Before before) {
  SONDE_ASSERT(a.rows() == c.rows && b.cols() == c.cols && a.cols() == b.rows());
  if (c.rows == 0 || c.cols == 0) return true;
  if (a.cols() > 0) return false;
  if (before == Before::overwritten) clear(c);
  return true;
}

}  // namespace

void matrix_product(const Factor& a, const Factor& b, MutableMatrixView c, Before before) {
  if (finish_if_empty(a, b, c, before)) return;
  if (!digits_are_faster(c.rows, c.cols, a.cols())) return multiply_in_floats(a, b, c, before);
  thread_local Digits right(kCols);
  multiply_by_digits(a, c, before, [&](const ColumnPart& columns) {
    const MutableDigitRows cut = right.room(a.cols() - columns.input);
    cut_right(b, columns.first, columns.count, columns.input, cut);
    return DigitRows(cut);
  });
}

ReadyFactor::ReadyFactor(const Factor& factor)
    : factor_(factor), in_digits_(in_digits(factor.rows(), factor.cols())) {
  if (!in_digits_) return;
  const std::int64_t inputs = factor.rows(), padded = whole_tiles(factor.cols());
  tiles_ = Aligned<std::int8_t>(parts_in(inputs, kDigitStep) * kDigitStep * padded * kDigits);
  scales_ = AlignedFloats(parts_in(inputs, kDigitInputs) * padded);
  for (std::int64_t part = 0; part < parts(); ++part) renew(part);
}

bool ReadyFactor::in_digits(std::int64_t rows, std::int64_t cols) {
  return amx_is_there() && rows >= kInputsForEight && cols >= kUsesOfANumber;
}

DigitRows ReadyFactor::digits(std::int64_t input, std::int64_t column) const {
  SONDE_ASSERT(in_digits_);
  return digits_at(factor_, tiles_.data(), scales_.data(), input, column);
}

std::int64_t ReadyFactor::parts() const {
  if (!in_digits_) return 0;
  return parts_in(factor_.rows(), kDigitInputs) * parts_in(factor_.cols(), kColsOfPart);
}

void ReadyFactor::renew(std::int64_t part) {
  const std::int64_t groups = parts_in(factor_.cols(), kColsOfPart);
  const std::int64_t input = part / groups * kDigitInputs, column = part % groups * kColsOfPart;
  cut_right(factor_, column, std::min(kColsOfPart, factor_.cols() - column), input,
            digits_at(factor_, tiles_.data(), scales_.data(), input, column));
}

void matrix_product(const Factor& a, const ReadyFactor& b, MutableMatrixView c, Before before) {
  if (finish_if_empty(a, b.factor_, c, before)) return;
  if (!b.in_digits_) return multiply_in_floats(a, b.factor_, c, before);
  multiply_by_digits(a, c, before, [&](const ColumnPart& part) { return b.digits(part.input, part.first); });
}

}  // namespace sonde::kernels
