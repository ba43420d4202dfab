// Area under the ROC curve as the Mann–Whitney statistic, ties counted half. Sorted once; a resample walks
// the order. More than two classes: one against the rest, averaged over the classes for which it is defined.
#include "sonde/metrics/metric.h"
#include "sonde/metrics/ranking.h"

namespace sonde::metrics {
namespace {

// Twice the number of (negative, positive) pairs in the right order, ties half: whole numbers, so no
// rounding.
double area(const ClassRanking& ranking, RowWeights weights) {
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
  explicit Auroc(const Predictions& predictions) : rankings_(one_against_rest(predictions)) {}

  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    values[0] = mean_over(rankings_, [&](const ClassRanking& r) { return area(r, rows.weights); });
  }

 private:
  std::vector<ClassRanking> rankings_;
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
