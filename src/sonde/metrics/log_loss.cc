// Log loss: the mean surprise at the true class. NaN for a probe that gives no probabilities.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/metrics/metric.h"

namespace sonde::metrics {
namespace {

class LogLoss : public Metric {
 public:
  explicit LogLoss(const Predictions& predictions) {
    if (!predictions.has_scores()) return;
    for (std::int64_t i = 0; i < predictions.rows(); ++i) {
      constexpr double kSmallest = std::numeric_limits<double>::epsilon();
      const double p = predictions.scores.row(i)[predictions.truth[i]];
      losses_.push_back(-std::log(std::clamp(p, kSmallest, 1.0)));
    }
  }

  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < losses_.size(); ++i) {
      const double weight = rows.weights.empty() ? 1.0 : rows.weights[i];
      sum += weight * losses_[i];
      total += weight;
    }
    values[0] = sum / total;  // 0 / 0, NaN, without probabilities
  }

 private:
  std::vector<double> losses_;  // [n] nats
};

}  // namespace

extern const MetricRecord log_loss_entry;
const MetricRecord log_loss_entry{
    .name = "log_loss",
    .summary = "mean of −ln(probability given to the true class), in nats",
    .source = "scikit-learn log_loss; probabilities are clipped at 2^-52, its limit for float64",
    .values = {{"log_loss", "mean surprise at the true class, in nats", Direction::lower}},
    .make = [](const Predictions& p) -> std::unique_ptr<Metric> { return std::make_unique<LogLoss>(p); }};

}  // namespace sonde::metrics
