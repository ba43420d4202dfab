#include "sonde/metrics/calibration.h"

#include <algorithm>

#include "sonde/core/error.h"

namespace sonde::metrics {

Forecast forecast_of(const Predictions& predictions, std::int64_t row) {
  SONDE_ASSERT(predictions.has_scores());
  const std::int32_t c = predictions.classes == 2 ? 1 : predictions.predicted[row];
  return {predictions.scores.row(row)[c], predictions.truth[row] == c};
}

int calibration_bin(double probability, int bins) {
  return std::clamp(static_cast<int>(probability * bins), 0, bins - 1);
}

std::vector<CalibrationBin> calibration_bins(const Predictions& predictions, int bins) {
  SONDE_ASSERT(bins >= 1);
  std::vector<CalibrationBin> result(static_cast<std::size_t>(bins));
  for (int b = 0; b < bins; ++b) result[b] = {.low = double(b) / bins, .high = double(b + 1) / bins};
  for (std::int64_t i = 0; i < predictions.rows(); ++i) {
    const Forecast forecast = forecast_of(predictions, i);
    CalibrationBin& bin = result[calibration_bin(forecast.probability, bins)];
    ++bin.rows;
    bin.mean_probability += forecast.probability;
    bin.observed += forecast.came_true;
  }
  for (CalibrationBin& bin : result) {
    bin.mean_probability /= static_cast<double>(bin.rows);
    bin.observed /= static_cast<double>(bin.rows);
  }
  return result;
}

}  // namespace sonde::metrics
