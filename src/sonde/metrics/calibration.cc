#include "sonde/metrics/calibration.h"

#include <algorithm>

#include "sonde/core/error.h"

namespace sonde::metrics {

std::vector<CalibrationBin> calibration_bins(const Predictions& predictions, int c, int bins) {
  SONDE_ASSERT(predictions.has_scores() && bins >= 1);
  std::vector<CalibrationBin> result(static_cast<std::size_t>(bins));
  for (int b = 0; b < bins; ++b) result[b] = {.low = double(b) / bins, .high = double(b + 1) / bins};
  for (std::int64_t i = 0; i < predictions.rows(); ++i) {
    const double p = predictions.scores.row(i)[c];
    CalibrationBin& bin = result[std::clamp(static_cast<int>(p * bins), 0, bins - 1)];
    ++bin.rows;
    bin.mean_probability += p;
    bin.observed += predictions.truth[i] == c;
  }
  for (CalibrationBin& bin : result) {
    bin.mean_probability /= static_cast<double>(bin.rows);
    bin.observed /= static_cast<double>(bin.rows);
  }
  return result;
}

}  // namespace sonde::metrics
