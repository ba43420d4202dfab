#include "sonde/metrics/mistakes.h"

#include <algorithm>
#include <limits>

namespace sonde::metrics {

std::vector<Mistake> worst_mistakes(const Predictions& predictions, std::size_t limit) {
  std::vector<Mistake> mistakes;
  for (std::int64_t i = 0; i < predictions.rows(); ++i) {
    const std::int32_t said = predictions.predicted[i];
    if (said == predictions.truth[i]) continue;
    const double probability =
        predictions.has_scores() ? predictions.scores.row(i)[said] : std::numeric_limits<double>::quiet_NaN();
    mistakes.push_back({i, predictions.truth[i], said, probability});
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& a, const Mistake& b) { return a.probability > b.probability; });
  mistakes.resize(std::min(limit, mistakes.size()));
  return mistakes;
}

}  // namespace sonde::metrics
