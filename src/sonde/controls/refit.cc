#include "sonde/controls/refit.h"

#include <cmath>

#include "sonde/metrics/metric.h"
#include "sonde/probes/row_subset.h"

namespace sonde::controls {
namespace {

RunContext one_thread(const RunContext& context, std::uint64_t seed) {
  return {.threads = 1, .seed = seed, .cancel = context.cancel};
}

std::unique_ptr<probes::FittedProbe> fit(const Subject& subject, const probes::LabelledInput& train,
                                         const probes::LabelledInput& valid, const RunContext& context) {
  return valid.input.rows > 0 ? subject.probe->fit(train, valid, context)
                              : subject.probe->fit(train, context);
}

probes::LabelledInput relabelled(probes::LabelledInput data, std::span<const std::int32_t> labels) {
  if (!labels.empty()) data.labels = labels;
  return data;
}

}  // namespace

std::vector<std::unique_ptr<probes::FittedProbe>> fit_label_sets(const Subject& subject,
                                                                 std::span<const LabelSet> sets,
                                                                 const RunContext& context) {
  if (subject.valid.data.input.rows == 0) {
    std::vector<probes::LabelSet> shared;
    for (const LabelSet& set : sets) {
      const probes::LabelledInput train = relabelled(subject.train.data, set.train);
      shared.push_back({train.labels, train.classes, train.targets});
    }
    return subject.probe->fit_all(subject.train.data.input, shared, context);
  }
  std::vector<std::unique_ptr<probes::FittedProbe>> fitted(sets.size());
  run_queue(context, static_cast<std::int64_t>(sets.size()), [&](int, std::int64_t i) {
    fitted[i] = fit(subject, relabelled(subject.train.data, sets[i].train),
                    relabelled(subject.valid.data, sets[i].valid), one_thread(context, context.seed));
    context.advance(1);
  });
  return fitted;
}

void fit_row_sets(const Subject& subject, std::span<const RowSet> sets, const RunContext& context,
                  const std::function<void(std::int64_t set, const probes::FittedProbe& fitted)>& use) {
  run_queue(context, static_cast<std::int64_t>(sets.size()), [&](int, std::int64_t i) {
    const probes::RowSubset subset(subject.train.data, sets[i].rows);
    use(i, *fit(subject, subset.data(), subject.valid.data, one_thread(context, sets[i].seed)));
    context.advance(1);
  });
}

double measure(const probes::FittedProbe& fitted, const probes::LabelledInput& rows,
               std::string_view metric) {
  return measure_weighted(fitted, rows, metric, {}).front();
}

std::vector<double> measure_weighted(const probes::FittedProbe& fitted, const probes::LabelledInput& rows,
                                     std::string_view metric,
                                     std::span<const std::vector<std::uint32_t>> weightings) {
  const std::size_t index = metrics::metric_index(metric);
  const Matrix scores = fitted.scores(rows.input);
  const std::vector<std::int32_t> predicted = probes::predicted_classes(scores.view());
  const metrics::MetricSet set(
      {static_cast<int>(fitted.classes().size()), rows.labels, predicted, scores.view()});
  std::vector<double> values = {set.evaluate()[index]};
  for (const std::vector<std::uint32_t>& weights : weightings) values.push_back(set.evaluate(weights)[index]);
  return values;
}

bool at_least_as_good(double a, double b, std::string_view metric) {
  if (std::isnan(a)) return true;
  const bool higher =
      metrics::metric_names()[metrics::metric_index(metric)].better == metrics::Direction::higher;
  return higher ? a >= b : a <= b;
}

}  // namespace sonde::controls
