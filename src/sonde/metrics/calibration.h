// The reliability curve: does a probability of 0.8 come true 8 times in 10?
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/metrics/predictions.h"

namespace sonde::metrics {

/// One bin of the reliability curve.
/// Units: probabilities 0–1; mean and observed are NaN in an empty bin.
struct CalibrationBin {
  double low = 0;
  double high = 0;
  std::int64_t rows = 0;
  double mean_probability = 0;
  double observed = 0;  ///< share of the bin's rows that are of the class
};

/// Bin the probability given to class `c` into `bins` equal widths and count how often the class was true.
/// Errors: internal without scores or bins < 1.
/// Source: scikit-learn calibration_curve(strategy='uniform'); the last bin is closed on both sides.
std::vector<CalibrationBin> calibration_bins(const Predictions& predictions, int c, int bins);

}  // namespace sonde::metrics
