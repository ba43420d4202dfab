// What a probe said about a set of examples, as every metric reads it: classes or numbers. Holds views only;
// nothing is computed here.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"

namespace sonde::metrics {

/// What is predicted of an example: one of a few classes, or a number.
enum class Task { classes, numbers };

/// Give the word for a task: "classes" or "numbers".
const char* to_string(Task task);

/// The predictions of one probe on one set of examples. Those of classes fill the first four, those of
/// numbers the last two. Shapes: truth [n], predicted [n], scores [n, k] row-major float32, or 0 rows when a
/// probe gives no probabilities; true_numbers [n], predicted_numbers [n].
struct Predictions {
  int classes = 0;                          ///< k
  std::span<const std::int32_t> truth;      ///< class ids in [0, k)
  std::span<const std::int32_t> predicted;  ///< class ids in [0, k)
  MatrixView scores;                        ///< probability of each class
  std::span<const double> true_numbers;
  std::span<const double> predicted_numbers;

  static Predictions of_numbers(std::span<const double> truth, std::span<const double> predicted) {
    return {.true_numbers = truth, .predicted_numbers = predicted};
  }
  Task task() const { return true_numbers.empty() ? Task::classes : Task::numbers; }
  std::int64_t rows() const {
    return static_cast<std::int64_t>(task() == Task::classes ? truth.size() : true_numbers.size());
  }
  bool has_scores() const { return scores.rows > 0; }
};

/// How often each row of a set counts: a bootstrap resample is one such vector. Empty means once each.
/// Shapes: [n].
using RowWeights = std::span<const std::uint32_t>;

/// Refuse predictions whose parts disagree in length or hold ids outside [0, k).
/// Errors: internal for a class id out of range or lengths that differ; input for scores or numbers that are
/// not finite, or no rows.
void check_predictions(const Predictions& predictions);

}  // namespace sonde::metrics
