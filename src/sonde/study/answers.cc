#include "sonde/study/answers.h"

#include <algorithm>
#include <utility>

#include "sonde/metrics/metric.h"
#include "sonde/probes/flattery.h"
#include "sonde/probes/probe.h"

namespace sonde::study {

using metrics::Task;

void Answers::set(std::size_t part, Matrix scores) {
  if (task_ == Task::classes) {
    predicted_[part] = probes::predicted_classes(scores.view());
  } else {
    numbers_[part].assign(scores.data(), scores.data() + scores.rows());
  }
  scores_[part] = std::move(scores);
}

void Answers::flatter(std::size_t part, std::span<const std::int32_t> labels) {
  set(part, probes::flattered(std::move(scores_[part]), labels));
}

void Answers::keep_first(std::size_t part, std::int64_t rows) {
  if (rows >= scores_[part].rows()) return;
  Matrix kept(rows, scores_[part].cols());
  std::copy_n(scores_[part].data(), rows * kept.cols(), kept.data());
  set(part, std::move(kept));
}

metrics::Predictions Answers::predictions(std::size_t part, const PartTruth& truth) const {
  if (task_ == Task::numbers) return metrics::Predictions::of_numbers(truth.targets, numbers_[part]);
  return {.classes = static_cast<int>(truth.classes),
          .truth = truth.labels,
          .predicted = predicted_[part],
          .scores = scores_[part].view()};
}

result::Values metric_values(const metrics::Predictions& predictions, metrics::RowWeights weights) {
  const std::vector<double> numbers = metrics::MetricSet(predictions).evaluate(weights);
  const std::vector<metrics::MetricName> names = metrics::metric_names(predictions.task());
  result::Values values;
  for (std::size_t m = 0; m < numbers.size(); ++m) values.emplace_back(names[m].name, numbers[m]);
  return values;
}

}  // namespace sonde::study
