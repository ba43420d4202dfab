// Area under the ROC curve as the Mann–Whitney statistic, ties counted half. Sorted once; a resample walks
// the order. More than two classes: one against the rest, averaged over the classes for which it is defined.
#include <algorithm>
#include <limits>
#include <numeric>

#include "sonde/metrics/metric.h"

namespace sonde::metrics {
namespace {

// The rows in ascending order of one class's score.
struct Ranking {
  std::vector<std::int32_t> order;      // [n]
  std::vector<std::uint8_t> positive;   // [n] in that order
  std::vector<std::uint8_t> ties_next;  // [n] whether the next row in that order has the same score
};

Ranking rank_rows(const Predictions& predictions, int c) {
  const std::int64_t n = predictions.rows();
  const auto score = [&](std::int64_t row) { return predictions.scores.row(row)[c]; };
  Ranking ranking{std::vector<std::int32_t>(n), std::vector<std::uint8_t>(n), std::vector<std::uint8_t>(n)};
  std::iota(ranking.order.begin(), ranking.order.end(), 0);
  std::stable_sort(ranking.order.begin(), ranking.order.end(),
                   [&](std::int32_t a, std::int32_t b) { return score(a) < score(b); });
  for (std::int64_t i = 0; i < n; ++i) {
    ranking.positive[i] = predictions.truth[ranking.order[i]] == c;
    ranking.ties_next[i] = i + 1 < n && score(ranking.order[i]) == score(ranking.order[i + 1]);
  }
  return ranking;
}

// Twice the number of (negative, positive) pairs in the right order, ties half: whole numbers, so no
// rounding.
double area(const Ranking& ranking, RowWeights weights) {
  std::uint64_t negatives = 0, positives = 0, twice_pairs = 0;
  std::uint64_t tied_negatives = 0, tied_positives = 0;
  for (std::size_t i = 0; i < ranking.order.size(); ++i) {
    const std::uint64_t weight = weights.empty() ? 1 : weights[ranking.order[i]];
    const std::uint64_t in_class = weight * ranking.positive[i];
    tied_positives += in_class;
    tied_negatives += weight - in_class;
    if (ranking.ties_next[i]) continue;
    twice_pairs += tied_positives * (2 * negatives + tied_negatives);
    negatives += tied_negatives;
    positives += tied_positives;
    tied_negatives = tied_positives = 0;
  }
  if (negatives == 0 || positives == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(twice_pairs) /
         (2.0 * static_cast<double>(negatives) * static_cast<double>(positives));
}

class Auroc : public Metric {
 public:
  explicit Auroc(const Predictions& predictions) {
    if (!predictions.has_scores()) return;
    // With two classes both sides give the same area; the second class is the positive one.
    for (int c = predictions.classes == 2 ? 1 : 0; c < predictions.classes; ++c) {
      rankings_.push_back(rank_rows(predictions, c));
    }
  }

  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    double sum = 0;
    int defined = 0;
    for (const Ranking& ranking : rankings_) {
      const double value = area(ranking, rows.weights);
      if (value != value) continue;
      sum += value;
      ++defined;
    }
    values[0] = defined > 0 ? sum / defined : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  std::vector<Ranking> rankings_;
};

}  // namespace

extern const MetricRecord auroc_entry;
const MetricRecord auroc_entry{
    .name = "auroc",
    .summary = "chance that a row of the class scores above a row of another class",
    .source = "Mann and Whitney 1947; scikit-learn roc_auc_score(average='macro', multi_class='ovr')",
    .values = {{"auroc", "area under the ROC curve; undefined with one class"}},
    .make = [](const Predictions& p) -> std::unique_ptr<Metric> { return std::make_unique<Auroc>(p); }};

}  // namespace sonde::metrics
