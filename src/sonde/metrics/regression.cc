// How close predicted numbers come: R², mean absolute and root mean squared error, rank correlation, and how
// often the nearest whole number is the target. An undefined one is NaN: R² and Spearman for a constant
// truth, Spearman for a constant prediction, the rounded accuracy when a target is no whole number.
#include <cmath>
#include <limits>

#include "sonde/metrics/metric.h"
#include "sonde/metrics/ranking.h"

namespace sonde::metrics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double weight_of(RowWeights weights, std::size_t row) { return weights.empty() ? 1.0 : weights[row]; }

// Writes the rank of every row, equal values sharing the mean of theirs; a row of weight w takes w places.
void write_ranks(const Ranking& ranking, RowWeights weights, std::span<double> ranks) {
  double before = 0, tied = 0;
  for (std::size_t first = 0, i = 0; i < ranking.order.size(); ++i) {
    tied += weight_of(weights, ranking.order[i]);
    if (ranking.ties_next[i]) continue;
    for (; first <= i; ++first) ranks[ranking.order[first]] = before + (tied + 1) / 2;
    before += tied;
    tied = 0;
  }
}

// Pearson's correlation of ranks whose mean is known: (total + 1) / 2 on both sides.
double rank_correlation(std::span<const double> x, std::span<const double> y, RowWeights weights) {
  double total = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += weight_of(weights, i);
  const double mean = (total + 1) / 2;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double w = weight_of(weights, i), a = x[i] - mean, b = y[i] - mean;
    xx += w * a * a;
    yy += w * b * b;
    xy += w * a * b;
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kUndefined;
}

class Regression : public Metric {
 public:
  explicit Regression(const Predictions& p)
      : truth_(p.true_numbers),
        predicted_(p.predicted_numbers),
        by_truth_(rank_rows(truth_)),
        by_prediction_(rank_rows(predicted_)) {
    for (const double target : truth_) whole_ = whole_ && target == std::nearbyint(target);
  }

  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    double total = 0, mean = 0, squared = 0, absolute = 0, right = 0, spread = 0;
    for (std::size_t i = 0; i < truth_.size(); ++i) {
      const double w = weight_of(rows.weights, i), off = predicted_[i] - truth_[i];
      total += w;
      mean += w * truth_[i];
      squared += w * off * off;
      absolute += w * std::abs(off);
      right += std::nearbyint(predicted_[i]) == truth_[i] ? w : 0;
    }
    mean /= total;
    for (std::size_t i = 0; i < truth_.size(); ++i)
      spread += weight_of(rows.weights, i) * (truth_[i] - mean) * (truth_[i] - mean);
    values[0] = is_constant(rows.weights) ? kUndefined : 1 - squared / spread;
    values[1] = absolute / total;
    values[2] = std::sqrt(squared / total);
    const std::size_t n = truth_.size();
    rows.scratch.resize(2 * n);
    const std::span<double> ranks(rows.scratch);
    write_ranks(by_truth_, rows.weights, ranks.first(n));
    write_ranks(by_prediction_, rows.weights, ranks.last(n));
    values[3] = rank_correlation(ranks.first(n), ranks.last(n), rows.weights);
    values[4] = whole_ ? right / total : kUndefined;
  }

 private:
  // Whether all rows that count have one target; asked of the numbers, since a spread of rounding errors is
  // not 0.
  bool is_constant(RowWeights weights) const {
    const double* first = nullptr;
    for (std::size_t i = 0; i < truth_.size(); ++i) {
      if (weight_of(weights, i) == 0) continue;
      if (first == nullptr) first = &truth_[i];
      if (truth_[i] != *first) return false;
    }
    return true;
  }

  std::span<const double> truth_, predicted_;
  Ranking by_truth_, by_prediction_;
  bool whole_ = true;  // every target is a whole number
};

}  // namespace

extern const MetricRecord regression_entry;
const MetricRecord regression_entry{
    .name = "regression",
    .summary = "R², mean absolute and root mean squared error, Spearman, and accuracy after rounding",
    .source =
        "scikit-learn r2_score, mean_absolute_error, root_mean_squared_error; scipy spearmanr; "
        "rounding to nearest, ties to even",
    .task = Task::numbers,
    .values = {{"r2", "share of the target's variance explained; below 0 worse than its mean"},
               {"mae", "mean absolute error, in units of the target", Direction::lower},
               {"rmse", "root mean squared error, in units of the target", Direction::lower},
               {"spearman", "correlation of the ranks, −1 to 1"},
               {"rounded_accuracy", "share of rows whose prediction rounds to the target"}},
    .make = [](const Predictions& p) -> std::unique_ptr<Metric> { return std::make_unique<Regression>(p); }};

}  // namespace sonde::metrics
