// What a probe said about a set of examples, as every metric reads it. Holds views only; nothing is computed
// here.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"

namespace sonde::metrics {

/// The predictions of one probe on one set of examples.
/// Shapes: truth [n], predicted [n], scores [n, k] row-major float32, or 0 rows when a probe gives no
/// probabilities.
struct Predictions {
  int classes = 0;                          ///< k
  std::span<const std::int32_t> truth;      ///< class ids in [0, k)
  std::span<const std::int32_t> predicted;  ///< class ids in [0, k)
  MatrixView scores;                        ///< probability of each class

  std::int64_t rows() const { return static_cast<std::int64_t>(truth.size()); }
  bool has_scores() const { return scores.rows > 0; }
};

/// How often each row of a set counts: a bootstrap resample is one such vector. Empty means once each.
/// Shapes: [n].
using RowWeights = std::span<const std::uint32_t>;

/// Refuse predictions whose parts disagree in length or hold ids outside [0, k).
/// Errors: internal for a class id out of range or lengths that differ; input for scores that are not finite,
/// or no rows.
void check_predictions(const Predictions& predictions);

}  // namespace sonde::metrics
