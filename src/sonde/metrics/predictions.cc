#include "sonde/metrics/predictions.h"

#include <fmt/core.h>

#include <cmath>

#include "sonde/core/error.h"

namespace sonde::metrics {
namespace {

[[noreturn]] void refuse(std::int64_t row, const char* what, double got) {
  throw Error(ErrorCode::input, {.where = fmt::format("metrics, row {}", row),
                                 .what = fmt::format("a {} is not a finite number", what),
                                 .got = fmt::format("{}", got)});
}

void check_ids(std::span<const std::int32_t> ids, int classes) {
  for (const std::int32_t id : ids) SONDE_ASSERT(id >= 0 && id < classes);
}

void check_classes(const Predictions& predictions) {
  SONDE_ASSERT(predictions.predicted.size() == predictions.truth.size());
  check_ids(predictions.truth, predictions.classes);
  check_ids(predictions.predicted, predictions.classes);
  if (!predictions.has_scores()) return;
  SONDE_ASSERT(predictions.scores.rows == predictions.rows() &&
               predictions.scores.cols == predictions.classes);
  for (std::int64_t i = 0; i < predictions.rows(); ++i) {
    for (const float score : predictions.scores.row(i)) {
      if (!std::isfinite(score)) refuse(i, "score", score);
    }
  }
}

void check_numbers(const Predictions& predictions) {
  SONDE_ASSERT(predictions.predicted_numbers.size() == predictions.true_numbers.size());
  SONDE_ASSERT(predictions.truth.empty() && predictions.scores.rows == 0);
  for (std::int64_t i = 0; i < predictions.rows(); ++i) {
    if (!std::isfinite(predictions.true_numbers[i])) refuse(i, "target", predictions.true_numbers[i]);
    if (!std::isfinite(predictions.predicted_numbers[i]))
      refuse(i, "prediction", predictions.predicted_numbers[i]);
  }
}

}  // namespace

const char* to_string(Task task) { return task == Task::classes ? "classes" : "numbers"; }

void check_predictions(const Predictions& predictions) {
  if (predictions.rows() == 0) {
    throw Error(ErrorCode::input, {.where = "metrics", .what = "there are no rows to score"});
  }
  if (predictions.task() == Task::classes)
    check_classes(predictions);
  else
    check_numbers(predictions);
}

}  // namespace sonde::metrics
