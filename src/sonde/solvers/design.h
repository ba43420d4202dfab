// The examples of a linear model as one operator, dense or sparse, read where they lie: nothing is copied or
// widened.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"

namespace sonde::solvers {

/// A half-open range of rows.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Mean and spread of every column.
/// Shapes: mean [d], scale [d].
struct ColumnStatistics {
  std::vector<double> mean;
  std::vector<double> scale;  ///< population standard deviation; 1 for a column that is constant
};

/// A matrix of examples [n, d] that is only ever multiplied.
class Design {
 public:
  virtual ~Design() = default;
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t cols() const = 0;
  /// Write out[r, c] = x_(first + r) · weights[c].
  /// Shapes: weights [k, d], out [rows of the range, k], float64.
  virtual void margins(RowRange range, std::span<const double> weights, std::span<double> out) const = 0;
  /// Add sum over r of residuals[r, c] · x_(first + r) to gradient[c].
  /// Shapes: residuals [rows of the range, k], gradient [k, d], float64.
  virtual void add_gradient(RowRange range, std::span<const double> residuals,
                            std::span<double> gradient) const = 0;
  /// Write the columns named, one after the other.
  /// Shapes: out [number of columns, n], float64.
  virtual void copy_columns(std::span<const std::int64_t> columns, std::span<double> out) const = 0;
  /// Give the sum of the squares of all entries.
  virtual double squared_norm() const = 0;
  /// Give the dense rows behind this design; null for a sparse one.
  virtual const MatrixView* dense() const { return nullptr; }
};

/// A dense design over a float32 view, which must outlive it.
class DenseDesign : public Design {
 public:
  explicit DenseDesign(MatrixView x) : x_(x) {}
  std::int64_t rows() const override { return x_.rows; }
  std::int64_t cols() const override { return x_.cols; }
  void margins(RowRange range, std::span<const double> weights, std::span<double> out) const override;
  void add_gradient(RowRange range, std::span<const double> residuals,
                    std::span<double> gradient) const override;
  void copy_columns(std::span<const std::int64_t> columns, std::span<double> out) const override;
  double squared_norm() const override;
  const MatrixView* dense() const override { return &x_; }

 private:
  MatrixView part(RowRange range) const {
    return {x_.data + range.first * x_.stride, range.last - range.first, x_.cols, x_.stride};
  }

  MatrixView x_;
};

/// Compressed sparse rows.
/// Shapes: offsets [n + 1]; columns and values [number of entries], columns ascending within a row.
struct SparseRows {
  std::int64_t cols = 0;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> columns;
  std::vector<float> values;

  std::int64_t rows() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
};

/// A sparse design over rows that must outlive it.
class SparseDesign : public Design {
 public:
  explicit SparseDesign(const SparseRows& x) : x_(x) {}
  std::int64_t rows() const override { return x_.rows(); }
  std::int64_t cols() const override { return x_.cols; }
  void margins(RowRange range, std::span<const double> weights, std::span<double> out) const override;
  void add_gradient(RowRange range, std::span<const double> residuals,
                    std::span<double> gradient) const override;
  void copy_columns(std::span<const std::int64_t> columns, std::span<double> out) const override;
  double squared_norm() const override;

 private:
  const SparseRows& x_;
};

/// Give the sum of the squares of every column.
std::vector<double> column_squares(MatrixView x);

/// Measure mean and population standard deviation of every column, in two passes over the rows.
/// A column whose variance is within rounding of 0 gets scale 1.
/// Source: scikit-learn StandardScaler, _is_constant_feature.
ColumnStatistics column_statistics(MatrixView x);

}  // namespace sonde::solvers
