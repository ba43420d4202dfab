// The reliability curve: does a probability of 0.8 come true 8 times in 10?
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/metrics/predictions.h"

namespace sonde::metrics {

/// Bins of the reliability curve and of the calibration error.
inline constexpr int kCalibrationBins = 10;

/// One bin of the reliability curve.
/// Units: probabilities 0–1; mean and observed are NaN in an empty bin.
struct CalibrationBin {
  double low = 0;
  double high = 0;
  std::int64_t rows = 0;
  double mean_probability = 0;
  double observed = 0;  ///< share of the bin's rows for which it came true
};

/// What the reliability curve follows of one row.
struct Forecast {
  double probability = 0;
  bool came_true = false;
};

/// Give what a row's probabilities forecast: with two classes the second one, with more the predicted one.
/// Errors: internal without scores.
Forecast forecast_of(const Predictions& predictions, std::int64_t row);

/// Give the bin of a probability; one on an edge belongs to the bin above, 1 to the last.
int calibration_bin(double probability, int bins);

/// Bin the forecasts of all rows into `bins` equal widths and count how often they came true.
/// Errors: internal without scores or bins < 1.
/// Source: scikit-learn calibration_curve(strategy='uniform'), except for probabilities on an edge.
std::vector<CalibrationBin> calibration_bins(const Predictions& predictions, int bins);

}  // namespace sonde::metrics
