// The units that a linear solver works in, z = (x − centre) / scale, and the way back to columns as they
// came.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/solvers/logistic.h"
#include "sonde/solvers/moments.h"

namespace sonde::solvers {

/// The units in which weights are penalised, and in which their norm is least where they are not unique.
enum class WeightUnits {
  raw,           ///< of the columns as they are
  standardized,  ///< of columns with mean 0 and deviation 1
};

/// Centre and scale of every column. Shapes: all [d].
struct ColumnScale {
  bool centred = true;         ///< whether the centre is the mean; if not, it is 0
  std::vector<double> centre;  ///< means, where a bias is fitted or the units are standardized
  std::vector<double> scale;   ///< population standard deviations, or 1
  std::vector<bool> constant;  ///< columns that tell rows apart in nothing; their weight is 0

  /// Give the number of columns that are not constant.
  std::int64_t varying() const;
};

/// Take the units from moments. A column is constant where column_statistics() says so.
ColumnScale column_scale(const Moments& moments, WeightUnits units, Intercept intercept);
/// Take the units from rows.
ColumnScale column_scale(MatrixView x, WeightUnits units, Intercept intercept);

/// Turn weights on z into weights on x in place. Shapes: weights [vectors, d].
void fold_scale(const ColumnScale& columns, std::span<double> weights);

/// Give the bias that goes with folded weights: what the centre takes away, and with a fitted bias the mean
/// of the target on top. Shapes: weights [d].
double bias_of(const ColumnScale& columns, std::span<const double> weights, double target_mean);

}  // namespace sonde::solvers
