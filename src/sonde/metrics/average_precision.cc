// Average precision: the precision at every threshold, weighted by the recall that the threshold adds. Sorted
// once; a resample walks the order. More than two classes: one against the rest, averaged over the classes
// that occur.
#include "sonde/metrics/metric.h"
#include "sonde/metrics/ranking.h"

namespace sonde::metrics {
namespace {

// From the highest score down; rows of equal score pass the threshold together.
double average_precision(const ClassRanking& ranking, RowWeights weights) {
  double said = 0, right = 0, newly_right = 0, sum = 0;
  for (std::size_t i = ranking.order.size(); i-- > 0;) {
    const double weight = weights.empty() ? 1.0 : weights[ranking.order[i]];
    said += weight;
    newly_right += weight * ranking.positive[i];
    if (i > 0 && ranking.ties_next[i - 1] != 0) continue;
    right += newly_right;
    if (newly_right > 0) sum += newly_right * (right / said);
    newly_right = 0;
  }
  return right > 0 ? sum / right : std::numeric_limits<double>::quiet_NaN();
}

class AveragePrecision : public Metric {
 public:
  explicit AveragePrecision(const Predictions& predictions) : rankings_(one_against_rest(predictions)) {}

  void evaluate(const WeightedRows& rows, std::span<double> values) const override {
    values[0] =
        mean_over(rankings_, [&](const ClassRanking& r) { return average_precision(r, rows.weights); });
  }

 private:
  std::vector<ClassRanking> rankings_;
};

}  // namespace

extern const MetricRecord average_precision_entry;
const MetricRecord average_precision_entry{
    .name = "average_precision",
    .summary = "precision at every threshold, weighted by the recall it adds",
    .source = "scikit-learn average_precision_score(average='macro'), classes without a row left out",
    .values = {{"average_precision", "mean precision over the recall; undefined without a row of the class"}},
    .make = [](const Predictions& p) -> std::unique_ptr<Metric> {
      return std::make_unique<AveragePrecision>(p);
    }};

}  // namespace sonde::metrics
