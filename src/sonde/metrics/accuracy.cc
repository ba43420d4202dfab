// Accuracy and balanced accuracy, from the confusion matrix alone.
#include "sonde/metrics/metric.h"

namespace sonde::metrics {
namespace {

class Accuracy : public Metric {
 public:
  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    const ConfusionMatrix& confusion = rows.confusion;
    values[0] = static_cast<double>(confusion.correct()) / static_cast<double>(confusion.total());
    double recall_sum = 0;
    int present = 0;
    for (int c = 0; c < confusion.classes; ++c) {
      if (confusion.truth_count(c) == 0) continue;
      recall_sum += class_report(confusion, c).recall;
      ++present;
    }
    values[1] = recall_sum / present;
  }
};

}  // namespace

extern const MetricRecord accuracy_entry;
const MetricRecord accuracy_entry{
    .name = "accuracy",
    .summary = "share of rows whose class is right, over all rows and averaged over classes",
    .source = "scikit-learn accuracy_score, balanced_accuracy_score (classes without a row are left out)",
    .values = {{"accuracy", "share of rows predicted right"},
               {"balanced_accuracy", "recall averaged over the classes that occur"}},
    .make = [](const Predictions&) -> std::unique_ptr<Metric> { return std::make_unique<Accuracy>(); }};

}  // namespace sonde::metrics
