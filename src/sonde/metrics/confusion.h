// The confusion matrix and what follows from it alone: the per-class report. No intervals here.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/metrics/predictions.h"

namespace sonde::metrics {

/// Counts of (true class, predicted class).
struct ConfusionMatrix {
  int classes = 0;
  std::vector<std::int64_t> counts;  ///< [k, k], rows are true classes

  std::int64_t at(int truth, int predicted) const { return counts[truth * classes + predicted]; }
  std::int64_t total() const;
  std::int64_t correct() const;
  std::int64_t truth_count(int c) const;      ///< rows of true class c
  std::int64_t predicted_count(int c) const;  ///< rows predicted as class c
};

/// Count a set of predictions, each row `weights[i]` times.
ConfusionMatrix confusion_matrix(const Predictions& predictions, RowWeights weights = {});

/// Count into a matrix that is already there, so that a loop over resamples allocates nothing.
void count_confusion(const Predictions& predictions, RowWeights weights, ConfusionMatrix& confusion);

/// How well one class was found. A quotient with denominator 0 is 0, as scikit-learn's zero_division=0.
/// Units: fractions 0–1; support in rows.
struct ClassReport {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
  std::int64_t support = 0;
};

/// Give precision, recall, F1 and support of class c.
ClassReport class_report(const ConfusionMatrix& confusion, int c);

/// Give the report of every class, in class order.
std::vector<ClassReport> class_reports(const ConfusionMatrix& confusion);

}  // namespace sonde::metrics
