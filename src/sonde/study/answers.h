// What one fitted probe says of the three parts, in the form its task is judged in: classes with their
// probabilities, or numbers.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/metrics/predictions.h"
#include "sonde/result/result.h"

namespace sonde::study {

/// The truth of one part, both ways where both are known. Shapes: labels [n], targets [n], or empty.
struct PartTruth {
  std::span<const std::int32_t> labels;
  std::span<const double> targets;
  std::int64_t classes = 0;  ///< k
};

/// A probe's answers to train, validation and test (parts 0, 1, 2).
class Answers {
 public:
  explicit Answers(metrics::Task task = metrics::Task::classes) : task_(task) {}

  /// Take the scores of a part as a probe of the task gives them: [n, k] probabilities or [n, 1] numbers.
  void set(std::size_t part, Matrix scores);
  /// Exchange the two classes in the answers to a part where that makes more of them right, as the rule
  /// max(a, 1 − a) has it: the labels that judge then also choose.
  void flatter(std::size_t part, std::span<const std::int32_t> labels);
  /// Keep the answers to the first rows of a part alone.
  void keep_first(std::size_t part, std::int64_t rows);
  metrics::Task task() const { return task_; }
  /// View the answers to a part beside the truth, as metrics read them; `truth` must outlive the view.
  metrics::Predictions predictions(std::size_t part, const PartTruth& truth) const;
  /// View the scores of a part as they were set.
  MatrixView scores(std::size_t part) const { return scores_[part].view(); }
  /// Give the classes predicted of a part. Shapes: [n].
  const std::vector<std::int32_t>& predicted(std::size_t part) const { return predicted_[part]; }

 private:
  metrics::Task task_;
  std::array<Matrix, 3> scores_;
  std::array<std::vector<std::int32_t>, 3> predicted_;
  std::array<std::vector<double>, 3> numbers_;
};

/// Evaluate every metric of the predictions' task, by name.
result::Values metric_values(const metrics::Predictions& predictions, metrics::RowWeights weights = {});

}  // namespace sonde::study
