#include "sonde/metrics/metric.h"

#include <fmt/core.h>

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

std::vector<MetricName> metric_names() {
  std::vector<MetricName> names;
  for (const MetricRecord* record : metric_records()) {
    names.insert(names.end(), record->values.begin(), record->values.end());
  }
  return names;
}

std::size_t metric_index(std::string_view name) {
  std::vector<std::string> known;
  for (const MetricName& metric : metric_names()) {
    if (metric.name == name) return known.size();
    known.emplace_back(metric.name);
  }
  throw Error(ErrorCode::usage, {.where = "metrics",
                                 .what = fmt::format("unknown metric '{}'", name),
                                 .hint = did_you_mean(name, known)});
}

MetricSet::MetricSet(const Predictions& predictions) : predictions_(predictions) {
  check_predictions(predictions);
  for (const MetricRecord* record : metric_records()) {
    families_.push_back(record->make(predictions_));
    widths_.push_back(record->values.size());
  }
}

void MetricSet::evaluate(RowWeights weights, ConfusionMatrix& confusion, std::span<double> values) const {
  count_confusion(predictions_, weights, confusion);
  const WeightedRows rows{weights, confusion};
  std::size_t at = 0;
  for (std::size_t f = 0; f < families_.size(); ++f) {
    families_[f]->evaluate(rows, values.subspan(at, widths_[f]));
    at += widths_[f];
  }
}

std::vector<double> MetricSet::evaluate(RowWeights weights) const {
  std::vector<double> values(metric_names().size());
  ConfusionMatrix confusion;
  evaluate(weights, confusion, values);
  return values;
}

}  // namespace sonde::metrics
