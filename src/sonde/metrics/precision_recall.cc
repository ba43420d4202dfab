// Macro precision, recall and F1, from the confusion matrix alone. Per-class figures: class_report().
#include "sonde/metrics/metric.h"

namespace sonde::metrics {
namespace {

class PrecisionRecall : public Metric {
 public:
  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    const ConfusionMatrix& confusion = rows.confusion;
    double precision = 0, recall = 0, f1 = 0;
    int present = 0;
    for (int c = 0; c < confusion.classes; ++c) {
      if (confusion.truth_count(c) == 0 && confusion.predicted_count(c) == 0) continue;
      const ClassReport report = class_report(confusion, c);
      precision += report.precision;
      recall += report.recall;
      f1 += report.f1;
      ++present;
    }
    values[0] = precision / present;
    values[1] = recall / present;
    values[2] = f1 / present;
  }
};

}  // namespace

extern const MetricRecord precision_recall_entry;
const MetricRecord precision_recall_entry{
    .name = "precision_recall",
    .summary = "precision, recall and F1, averaged over classes with equal weight",
    .source = "scikit-learn precision_recall_fscore_support(average='macro', zero_division=0)",
    .values = {{"precision", "macro average of the share of a class's predictions that are right"},
               {"recall", "macro average of the share of a class's rows that are found"},
               {"f1", "macro average of the harmonic mean of precision and recall"}},
    .make = [](const Predictions&) -> std::unique_ptr<Metric> {
      return std::make_unique<PrecisionRecall>();
    }};

}  // namespace sonde::metrics
