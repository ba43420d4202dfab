#include "sonde/metrics/predictions.h"

#include <fmt/core.h>

#include <cmath>

#include "sonde/core/error.h"

namespace sonde::metrics {
namespace {

void check_ids(std::span<const std::int32_t> ids, int classes) {
  for (const std::int32_t id : ids) SONDE_ASSERT(id >= 0 && id < classes);
}

}  // namespace

void check_predictions(const Predictions& predictions) {
  if (predictions.truth.empty()) {
    throw Error(ErrorCode::input, {.where = "metrics", .what = "there are no rows to score"});
  }
  SONDE_ASSERT(predictions.predicted.size() == predictions.truth.size());
  check_ids(predictions.truth, predictions.classes);
  check_ids(predictions.predicted, predictions.classes);
  if (!predictions.has_scores()) return;
  SONDE_ASSERT(predictions.scores.rows == predictions.rows() &&
               predictions.scores.cols == predictions.classes);
  for (std::int64_t i = 0; i < predictions.rows(); ++i) {
    for (const float score : predictions.scores.row(i)) {
      if (std::isfinite(score)) continue;
      throw Error(ErrorCode::input, {.where = fmt::format("metrics, row {}", i),
                                     .what = "a score is not a finite number",
                                     .got = fmt::format("{}", score)});
    }
  }
}

}  // namespace sonde::metrics
