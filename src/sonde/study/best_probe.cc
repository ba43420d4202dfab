#include "sonde/study/best_probe.h"

#include <algorithm>
#include <cmath>

#include "sonde/metrics/calibration.h"
#include "sonde/metrics/confusion.h"
#include "sonde/metrics/metric.h"
#include "sonde/metrics/mistakes.h"

namespace sonde::study {
namespace {

constexpr std::size_t kMistakesShown = 40;

// Wilson's interval of a share, 95 %.
metrics::Interval wilson(double share, double n) {
  if (n == 0) return {std::nan(""), std::nan(""), std::nan("")};
  constexpr double z = 1.959963984540054;
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {share, centre - half, centre + half};
}

result::Confusion confusion_of(const BestInputs& in, const metrics::ConfusionMatrix& matrix) {
  result::Confusion confusion{.classes = {in.classes.begin(), in.classes.end()}};
  for (int t = 0; t < matrix.classes; ++t) {
    confusion.counts.emplace_back();
    for (int p = 0; p < matrix.classes; ++p) confusion.counts.back().push_back(matrix.at(t, p));
  }
  return confusion;
}

std::vector<result::Mistake> mistakes_of(const BestInputs& in) {
  std::vector<result::Mistake> mistakes;
  for (const metrics::Mistake& m : metrics::worst_mistakes(in.predictions, kMistakesShown)) {
    mistakes.push_back({.row = in.data_rows.empty() ? in.first_row + m.row + 1 : in.data_rows[m.row],
                        .text = in.texts.empty() ? std::string() : std::string(in.texts[m.row]),
                        .group = in.groups.empty() ? std::string() : in.group_names[in.groups[m.row]],
                        .label = in.classes[m.truth],
                        .predicted = in.classes[m.predicted],
                        .probability = m.probability});
  }
  return mistakes;
}

// Two classes only: of the second in sorted order.
result::Calibration calibration_of(const BestInputs& in) {
  result::Calibration calibration;
  if (in.classes.size() != 2 || !in.predictions.has_scores()) return calibration;
  calibration.positive = in.classes[1];
  calibration.ece = 0;
  const double n = static_cast<double>(in.predictions.rows());
  for (const metrics::CalibrationBin& bin :
       metrics::calibration_bins(in.predictions, metrics::kCalibrationBins)) {
    const double rows = static_cast<double>(bin.rows);
    calibration.bins.push_back(
        {bin.low, bin.high, bin.rows, bin.mean_probability, wilson(bin.observed, rows)});
    if (bin.rows > 0) calibration.ece += rows / n * std::abs(bin.observed - bin.mean_probability);
  }
  calibration.scores.assign(2, std::vector<std::int64_t>(100));
  for (std::int64_t i = 0; i < in.predictions.rows(); ++i) {
    const int hundredth = std::min(99, static_cast<int>(in.predictions.scores.row(i)[1] * 100));
    ++calibration.scores[in.predictions.truth[i]][hundredth];
  }
  return calibration;
}

result::Values without_leaks(const BestInputs& in) {
  std::vector<std::uint32_t> weights(in.predictions.rows(), 1);
  for (const std::int64_t row : in.leaking) {
    if (row >= in.first_row) weights[row - in.first_row] = 0;
  }
  if (std::find(weights.begin(), weights.end(), 1u) == weights.end()) return {};
  const std::vector<double> numbers = metrics::MetricSet(in.predictions).evaluate(weights);
  result::Values values;
  for (std::size_t m = 0; m < numbers.size(); ++m)
    values.emplace_back(metrics::metric_names()[m].name, numbers[m]);
  return values;
}

}  // namespace

void fill_best(const BestInputs& in, result::Result& result) {
  const metrics::ConfusionMatrix matrix = metrics::confusion_matrix(in.predictions);
  result.best.confusion = confusion_of(in, matrix);
  const std::vector<metrics::ClassReport> reports = metrics::class_reports(matrix);
  for (std::size_t c = 0; c < reports.size(); ++c) {
    result.best.per_class.push_back(
        {in.classes[c], reports[c].precision, reports[c].recall, reports[c].f1, reports[c].support});
  }
  result.best.mistakes = mistakes_of(in);
  result.best.mistakes_total = matrix.total() - matrix.correct();
  result.best.calibration = calibration_of(in);
  for (result::Leak& leak : result.leaks) {
    if (leak.count > 0 && leak.part == "test") leak.without = without_leaks(in);
  }
}

}  // namespace sonde::study
