#include "sonde/study/best_probe.h"

#include <algorithm>
#include <cmath>

#include "sonde/metrics/calibration.h"
#include "sonde/metrics/confusion.h"
#include "sonde/metrics/mistakes.h"
#include "sonde/study/answers.h"
#include "sonde/study/best_numbers.h"

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
    mistakes.push_back({.row = row_name(in, m.row),
                        .text = in.texts.empty() ? std::string() : std::string(in.texts[m.row]),
                        .group = in.groups.empty() ? std::string() : in.group_names[in.groups[m.row]],
                        .label = in.classes[m.truth],
                        .predicted = in.classes[m.predicted],
                        .probability = m.probability});
  }
  return mistakes;
}

result::Calibration calibration_of(const BestInputs& in) {
  result::Calibration calibration;
  if (!in.predictions.has_scores()) return calibration;
  const bool two = in.classes.size() == 2;
  if (two) calibration.positive = in.classes[1];
  calibration.ece = result::find(metric_values(in.predictions), "ece");
  for (const metrics::CalibrationBin& bin :
       metrics::calibration_bins(in.predictions, metrics::kCalibrationBins)) {
    calibration.bins.push_back({bin.low, bin.high, bin.rows, bin.mean_probability,
                                wilson(bin.observed, static_cast<double>(bin.rows))});
  }
  if (!two) return calibration;
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
    const std::int64_t at = row - in.first_row;
    if (at >= 0 && at < in.predictions.rows()) weights[at] = 0;
  }
  if (std::find(weights.begin(), weights.end(), 1u) == weights.end()) return {};
  return metric_values(in.predictions, weights);
}

void fill_classes(const BestInputs& in, result::Best& best) {
  const metrics::ConfusionMatrix matrix = metrics::confusion_matrix(in.predictions);
  best.confusion = confusion_of(in, matrix);
  best.per_class = per_class(in.predictions, in.classes);
  best.mistakes = mistakes_of(in);
  best.mistakes_total = matrix.total() - matrix.correct();
  best.calibration = calibration_of(in);
}

}  // namespace

std::int64_t row_name(const BestInputs& in, std::int64_t test_row) {
  return in.data_rows.empty() ? in.first_row + test_row + 1 : in.data_rows[test_row];
}

std::vector<result::PerClass> per_class(const metrics::Predictions& predictions,
                                        std::span<const std::string> classes) {
  std::vector<result::PerClass> described;
  for (const metrics::ClassReport& report : metrics::class_reports(metrics::confusion_matrix(predictions))) {
    described.push_back(
        {classes[described.size()], report.precision, report.recall, report.f1, report.support});
  }
  return described;
}

void fill_best(const BestInputs& in, result::Result& result) {
  if (in.predictions.task() == metrics::Task::numbers)
    result.best.numbers = describe_numbers(in);
  else
    fill_classes(in, result.best);
  for (result::Leak& leak : result.leaks) {
    if (leak.count > 0 && leak.part == "test") leak.without = without_leaks(in);
  }
}

}  // namespace sonde::study
