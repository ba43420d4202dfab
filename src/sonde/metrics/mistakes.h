// The predictions that deserve a human look: the wrong ones, surest first.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/metrics/predictions.h"

namespace sonde::metrics {

/// One wrong prediction.
struct Mistake {
  std::int64_t row = 0;  ///< position in the test set
  std::int32_t truth = 0;
  std::int32_t predicted = 0;
  double probability = 0;  ///< given to the wrong class; NaN without scores
};

/// List up to `limit` wrong predictions, the surest first, equal ones by row.
std::vector<Mistake> worst_mistakes(const Predictions& predictions, std::size_t limit);

}  // namespace sonde::metrics
