// The expected calibration error: how far probabilities lie from what came true, bin by bin, averaged over
// rows. Two classes: of the second one's probability; more: of the predicted one's. NaN for a probe that
// gives no probabilities. It falls with fewer bins and is never 0 on a finite sample, so compare equal sets
// only.
#include <array>
#include <cmath>

#include "sonde/metrics/calibration.h"
#include "sonde/metrics/metric.h"

namespace sonde::metrics {
namespace {

class Ece : public Metric {
 public:
  explicit Ece(const Predictions& predictions) {
    if (!predictions.has_scores()) return;
    for (std::int64_t i = 0; i < predictions.rows(); ++i) {
      const Forecast forecast = forecast_of(predictions, i);
      rows_.push_back({calibration_bin(forecast.probability, kCalibrationBins),
                       forecast.probability - (forecast.came_true ? 1.0 : 0.0)});
    }
  }

  // Rows of a bin count for it together, so its share · |mean probability − observed| is |Σ excess| / n.
  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    std::array<double, kCalibrationBins> excess{};
    double total = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double weight = rows.weights.empty() ? 1.0 : rows.weights[i];
      excess[rows_[i].bin] += weight * rows_[i].excess;
      total += weight;
    }
    double sum = 0;
    for (const double bin : excess) sum += std::abs(bin);
    values[0] = sum / total;  // 0 / 0, NaN, without probabilities
  }

 private:
  struct Row {
    int bin = 0;
    double excess = 0;  // probability less 1 if it came true
  };
  std::vector<Row> rows_;  // [n]
};

}  // namespace

extern const MetricRecord ece_entry;
const MetricRecord ece_entry{
    .name = "ece",
    .summary = "expected calibration error over 10 equal bins of the probability",
    .source = "Naeini et al. 2015, 'Obtaining well calibrated probabilities using Bayesian binning'",
    .values = {{"ece", "mean distance of probabilities from what came true, by bin", Direction::lower}},
    .make = [](const Predictions& p) -> std::unique_ptr<Metric> { return std::make_unique<Ece>(p); }};

}  // namespace sonde::metrics
