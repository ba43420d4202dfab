// The Brier score: the mean squared distance of the probabilities from what was true. Two classes: of the
// second one's probability, 0 to 1. More: summed over the classes, 0 to 2. NaN for a probe that gives no
// probabilities.
#include "sonde/metrics/metric.h"

namespace sonde::metrics {
namespace {

class Brier : public Metric {
 public:
  explicit Brier(const Predictions& predictions) {
    if (!predictions.has_scores()) return;
    for (std::int64_t i = 0; i < predictions.rows(); ++i) {
      double sum = 0;
      for (int c = predictions.classes == 2 ? 1 : 0; c < predictions.classes; ++c) {
        const double off = predictions.scores.row(i)[c] - (predictions.truth[i] == c ? 1.0 : 0.0);
        sum += off * off;
      }
      distances_.push_back(sum);
    }
  }

  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < distances_.size(); ++i) {
      const double weight = rows.weights.empty() ? 1.0 : rows.weights[i];
      sum += weight * distances_[i];
      total += weight;
    }
    values[0] = sum / total;  // 0 / 0, NaN, without probabilities
  }

 private:
  std::vector<double> distances_;  // [n]
};

}  // namespace

extern const MetricRecord brier_entry;
const MetricRecord brier_entry{
    .name = "brier",
    .summary = "mean squared distance of the probabilities from the truth",
    .source = "Brier 1950; scikit-learn brier_score_loss(scale_by_half='auto')",
    .values = {{"brier", "mean squared distance of the probabilities from the truth", Direction::lower}},
    .make = [](const Predictions& p) -> std::unique_ptr<Metric> { return std::make_unique<Brier>(p); }};

}  // namespace sonde::metrics
