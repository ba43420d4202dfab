#include "sonde/study/tasks.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/data/targets.h"
#include "sonde/metrics/metric.h"

namespace sonde::study {
namespace {

using metrics::Task;

bool holds(std::span<const Task> tasks, Task task) {
  return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

void refuse_missing_classes(std::string_view name) {
  throw Error(ErrorCode::input, {.where = std::string(name),
                                 .what = "a probe that predicts classes cannot take fractional labels",
                                 .got = "floating-point numbers",
                                 .expected = "int64 classes",
                                 .hint = "take a probe of numbers, or store the labels as int64"});
}

void refuse_fractions(std::string_view name) {
  throw Error(ErrorCode::input,
              {.where = std::string(name),
               .what = "probes of classes and probes of numbers share labels only when all are whole numbers",
               .hint = "take probes of one sort, or round the labels"});
}

}  // namespace

Task task_of(std::string_view probe_kind) {
  return probes::probe_record(probe_kind).target == probes::TargetKind::numbers ? Task::numbers
                                                                                : Task::classes;
}

std::vector<Task> tasks_of(std::span<const ProbeChoice> probes) {
  std::vector<Task> tasks;
  for (const ProbeChoice& choice : probes) {
    if (!holds(tasks, task_of(choice.kind))) tasks.push_back(task_of(choice.kind));
  }
  return tasks;
}

std::string chosen_metric(const EvaluateSpec& evaluate, std::span<const Task> tasks) {
  if (evaluate.metric == kAutomaticMetric) return std::string(metrics::default_metric(tasks.front()));
  // The index is not wanted, but its error says which metrics there are.
  if (!holds(tasks, metrics::metric_task(evaluate.metric)))
    (void)metrics::metric_index(evaluate.metric, tasks.front());
  return evaluate.metric;
}

void settle_labels(std::span<const Task> tasks, std::string_view name, data::Examples& examples) {
  const bool classes = holds(tasks, Task::classes), numbers = holds(tasks, Task::numbers);
  if (classes && examples.labels.empty() && !examples.targets.empty()) refuse_missing_classes(name);
  if (numbers && examples.targets.empty()) data::read_targets(name, examples);
  if (classes && numbers && !data::are_whole(examples)) refuse_fractions(name);
  if (classes) data::require_two_classes(examples);
  if (numbers) data::require_two_numbers(examples);
  if (!numbers) examples.targets.clear();
  if (!classes) {
    examples.labels.clear();
    examples.classes.clear();
  }
}

}  // namespace sonde::study
