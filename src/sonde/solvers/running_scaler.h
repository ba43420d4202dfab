// Mean and spread of columns whose rows come batch by batch, for probes that learn while a pass runs. Rows
// that have been taken in are not kept. Refuses nothing: rows must be finite.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"

namespace sonde::solvers {

/// A standard scaler that is fitted a batch at a time.
/// Source: scikit-learn 1.9 StandardScaler.partial_fit; the update is that of Chan, Golub and LeVeque 1983,
/// "Algorithms for computing the sample variance", eq. 2.1, with its corrected two-pass sum inside a batch.
class RunningScaler {
 public:
  explicit RunningScaler(std::int64_t width);

  /// Take in the rows of `x` that `picked` names. Shapes: x [some, d]; picked indices of rows.
  void update(MatrixView x, std::span<const std::int64_t> picked);
  /// Write (row − mean) / scale. Shapes: row and out [d].
  void transform(std::span<const float> row, std::span<double> out) const;

  /// Count the rows taken in.
  std::int64_t rows() const { return rows_; }
  std::span<const double> mean() const { return mean_; }
  /// Give the population variance of each column.
  std::span<const double> variance() const { return variance_; }
  /// Give the population standard deviation of each column; 1 for one that is constant within rounding.
  std::span<const double> scale() const { return scale_; }

 private:
  std::int64_t rows_ = 0;
  std::vector<double> mean_, variance_, scale_;
  std::vector<double> inverse_;                  // 1 / scale
  std::vector<double> sum_, centred_, squared_;  // of the batch, kept for their memory
};

}  // namespace sonde::solvers
