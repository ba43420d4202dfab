// Matthews correlation coefficient for any number of classes, from the confusion matrix alone.
#include <cmath>

#include "sonde/metrics/metric.h"

namespace sonde::metrics {
namespace {

class Mcc : public Metric {
 public:
  // With s rows, c right, t_k rows and p_k predictions of class k:
  // (c s − Σ t_k p_k) / sqrt((s² − Σ p_k²)(s² − Σ t_k²)); a constant predictor or truth gives 0.
  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    const ConfusionMatrix& confusion = rows.confusion;
    const double s = static_cast<double>(confusion.total());
    double both = 0, predicted = 0, truth = 0;
    for (int k = 0; k < confusion.classes; ++k) {
      const double t = static_cast<double>(confusion.truth_count(k));
      const double p = static_cast<double>(confusion.predicted_count(k));
      both += t * p;
      predicted += p * p;
      truth += t * t;
    }
    const double below = (s * s - predicted) * (s * s - truth);
    values[0] = below > 0 ? (static_cast<double>(confusion.correct()) * s - both) / std::sqrt(below) : 0.0;
  }
};

}  // namespace

extern const MetricRecord mcc_entry;
const MetricRecord mcc_entry{
    .name = "mcc",
    .summary = "correlation between true and predicted class; 0 for a constant predictor",
    .source =
        "Gorodkin 2004, 'Comparing two K-category assignments by a K-category correlation coefficient', eq. "
        "8",
    .values = {{"mcc", "Matthews correlation coefficient, −1 to 1"}},
    .make = [](const Predictions&) -> std::unique_ptr<Metric> { return std::make_unique<Mcc>(); }};

}  // namespace sonde::metrics
