#include "sonde/metrics/confusion.h"

#include <algorithm>
#include <numeric>

namespace sonde::metrics {

std::int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::int64_t ConfusionMatrix::correct() const {
  std::int64_t sum = 0;
  for (int c = 0; c < classes; ++c) sum += at(c, c);
  return sum;
}

std::int64_t ConfusionMatrix::truth_count(int c) const {
  std::int64_t sum = 0;
  for (int other = 0; other < classes; ++other) sum += at(c, other);
  return sum;
}

std::int64_t ConfusionMatrix::predicted_count(int c) const {
  std::int64_t sum = 0;
  for (int other = 0; other < classes; ++other) sum += at(other, c);
  return sum;
}

void count_confusion(const Predictions& predictions, RowWeights weights, ConfusionMatrix& confusion) {
  const std::int64_t k = predictions.classes;
  confusion.classes = predictions.classes;
  confusion.counts.assign(static_cast<std::size_t>(k * k), 0);
  for (std::int64_t i = 0; i < predictions.rows(); ++i) {
    confusion.counts[predictions.truth[i] * k + predictions.predicted[i]] += weights.empty() ? 1 : weights[i];
  }
}

ConfusionMatrix confusion_matrix(const Predictions& predictions, RowWeights weights) {
  ConfusionMatrix confusion;
  count_confusion(predictions, weights, confusion);
  return confusion;
}

ClassReport class_report(const ConfusionMatrix& confusion, int c) {
  const double hits = static_cast<double>(confusion.at(c, c));
  const std::int64_t support = confusion.truth_count(c), predicted = confusion.predicted_count(c);
  const auto quotient = [](double above, double below) { return below > 0 ? above / below : 0.0; };
  return {.precision = quotient(hits, static_cast<double>(predicted)),
          .recall = quotient(hits, static_cast<double>(support)),
          .f1 = quotient(2 * hits, static_cast<double>(support + predicted)),
          .support = support};
}

std::vector<ClassReport> class_reports(const ConfusionMatrix& confusion) {
  std::vector<ClassReport> reports;
  for (int c = 0; c < confusion.classes; ++c) reports.push_back(class_report(confusion, c));
  return reports;
}

}  // namespace sonde::metrics
