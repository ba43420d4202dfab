#include "sonde/study/fold_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/metrics/metric.h"

namespace sonde::study {
namespace {

// Larger is better; what is undefined is worst.
double merit(const result::Values& values, const std::string& metric) {
  const double raw = result::find(values, metric);
  if (std::isnan(raw)) return -std::numeric_limits<double>::infinity();
  const metrics::MetricName& name = metrics::metric_names()[metrics::metric_index(metric)];
  return name.better == metrics::Direction::higher ? raw : -raw;
}

}  // namespace

result::Values values_of(const ScoredRows& scored, std::span<const std::int32_t> labels, int classes) {
  std::vector<std::int32_t> truth;
  for (const std::int64_t row : scored.rows) truth.push_back(labels[row]);
  const std::vector<std::int32_t> predicted = probes::predicted_classes(scored.scores.view());
  const std::vector<double> numbers =
      metrics::MetricSet({classes, truth, predicted, scored.scores.view()}).evaluate();
  result::Values values;
  for (std::size_t m = 0; m < numbers.size(); ++m)
    values.emplace_back(metrics::metric_names()[m].name, numbers[m]);
  return values;
}

result::Values mean_values(std::span<const result::Values> folds) {
  result::Values mean = folds.front();
  for (std::size_t m = 0; m < mean.size(); ++m) {
    double sum = 0;
    for (const result::Values& fold : folds) sum += fold[m].second;
    mean[m].second = sum / static_cast<double>(folds.size());
  }
  return mean;
}

std::size_t best_of(std::span<const result::Values> values, const std::string& metric) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (merit(values[i], metric) > merit(values[best], metric)) best = i;
  }
  return best;
}

std::size_t most_chosen(std::span<const std::size_t> chosen, std::span<const result::Values> means,
                        const std::string& metric) {
  const auto count = [&](std::size_t i) { return std::ranges::count(chosen, i); };
  std::size_t most = 0;
  for (std::size_t i = 1; i < means.size(); ++i) {
    const bool better = count(i) == count(most) && merit(means[i], metric) > merit(means[most], metric);
    if (count(i) > count(most) || better) most = i;
  }
  return most;
}

}  // namespace sonde::study
