// Row-major float matrices: an owner that only moves, and views that are passed. No arithmetic lives here.
#pragma once

#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "sonde/core/error.h"

namespace sonde {

/// A row-major view of [rows, cols] elements whose rows lie `stride` elements apart.
template <class T>
struct BasicMatrixView {
  T* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;  ///< elements from one row to the next, at least cols

  std::span<T> row(std::int64_t i) const { return {data + i * stride, static_cast<std::size_t>(cols)}; }
  operator BasicMatrixView<const T>() const { return {data, rows, cols, stride}; }
};

using MatrixView = BasicMatrixView<const float>;
using MutableMatrixView = BasicMatrixView<float>;

/// Some neighbouring columns of a matrix.
struct ColumnRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Give a view of some columns.
template <class T>
BasicMatrixView<T> columns(BasicMatrixView<T> matrix, ColumnRange range) {
  return {matrix.data + range.first, matrix.rows, range.count, matrix.stride};
}

/// Gives memory that begins at a cache line, where vectors of every width are read fastest.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  LineAllocator() = default;
  template <class U>
  LineAllocator(const LineAllocator<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, kLine); }
  bool operator==(const LineAllocator&) const = default;
};

/// An owned row-major [rows, cols] float matrix, whose first row begins at a cache line.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t cols) : rows_(rows), cols_(cols), values_(rows * cols) {}
  Matrix(Matrix&&) = default;
  Matrix& operator=(Matrix&&) = default;

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }
  std::span<float> row(std::int64_t i) { return view().row(i); }
  std::span<const float> row(std::int64_t i) const { return view().row(i); }
  MutableMatrixView view() { return {values_.data(), rows_, cols_, cols_}; }
  MatrixView view() const { return {values_.data(), rows_, cols_, cols_}; }

 private:
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::vector<float, LineAllocator<float>> values_;
};

}  // namespace sonde
