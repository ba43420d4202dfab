#include "sonde/metrics/metric.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <array>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde::metrics {

#define SONDE_ENTRY(name) extern const MetricRecord name##_entry;
#include "sonde/metrics/list.def"
#undef SONDE_ENTRY

std::span<const MetricRecord* const> metric_records() {
#define SONDE_ENTRY(name) &name##_entry,
  static constexpr std::array records{
#include "sonde/metrics/list.def"
  };
#undef SONDE_ENTRY
  return records;
}

std::vector<MetricName> metric_names(Task task) {
  std::vector<MetricName> names;
  for (const MetricRecord* record : metric_records()) {
    if (record->task == task) names.insert(names.end(), record->values.begin(), record->values.end());
  }
  return names;
}

Task metric_task(std::string_view name) {
  std::vector<std::string> known;
  for (const Task task : {Task::classes, Task::numbers}) {
    for (const MetricName& metric : metric_names(task)) {
      if (metric.name == name) return task;
      known.emplace_back(metric.name);
    }
  }
  throw Error(ErrorCode::usage, {.where = "metrics",
                                 .what = fmt::format("unknown metric '{}'", name),
                                 .hint = did_you_mean(name, known)});
}

std::size_t metric_index(std::string_view name, Task task) {
  const Task belongs_to = metric_task(name);
  const std::vector<MetricName> names = metric_names(task);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].name == name) return i;
  }
  std::vector<std::string_view> known;
  for (const MetricName& metric : names) known.push_back(metric.name);
  throw Error(ErrorCode::usage, {.where = "metrics",
                                 .what = fmt::format("'{}' judges predictions of {}, not of {}", name,
                                                     to_string(belongs_to), to_string(task)),
                                 .expected = fmt::format("{}", fmt::join(known, ", "))});
}

std::string_view default_metric(Task task) { return task == Task::classes ? "accuracy" : "r2"; }

MetricSet::MetricSet(const Predictions& predictions) : predictions_(predictions) {
  check_predictions(predictions);
  for (const MetricRecord* record : metric_records()) {
    if (record->task != predictions.task()) continue;
    families_.push_back(record->make(predictions_));
    widths_.push_back(record->values.size());
  }
}

void MetricSet::evaluate(RowWeights weights, MetricScratch& scratch, std::span<double> values) const {
  if (predictions_.task() == Task::classes) count_confusion(predictions_, weights, scratch.confusion);
  const WeightedRows rows{weights, scratch.confusion, scratch.rows};
  std::size_t at = 0;
  for (std::size_t f = 0; f < families_.size(); ++f) {
    families_[f]->evaluate(rows, values.subspan(at, widths_[f]));
    at += widths_[f];
  }
}

std::vector<double> MetricSet::evaluate(RowWeights weights) const {
  std::vector<double> values(metric_names(predictions_.task()).size());
  MetricScratch scratch;
  evaluate(weights, scratch, values);
  return values;
}

}  // namespace sonde::metrics
