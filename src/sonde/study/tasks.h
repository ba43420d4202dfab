// What the probes of a study predict, and what follows from it: which metric judges, what its labels are
// taken as, which examples a probe can read.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sonde/data/examples.h"
#include "sonde/metrics/predictions.h"
#include "sonde/probes/probe.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// Give the task of a kind of probe. Errors: usage for an unknown kind.
metrics::Task task_of(std::string_view probe_kind);

/// List what the probes of a study predict, each task once, that of the first probe first.
std::vector<metrics::Task> tasks_of(std::span<const ProbeChoice> probes);

/// Give the metric that chooses and leads: the one named, or for `auto` the default of the first task.
/// Errors: usage for an unknown metric or one that judges no probe of the study.
std::string chosen_metric(const EvaluateSpec& evaluate, std::span<const metrics::Task> tasks);

/// Make the labels what the tasks ask for: classes only, numbers only (the classes are dropped), or both.
/// `name` is what messages call them. Errors: input for a label that is no number (row named), numbers
/// without classes where a probe wants classes, fractions where both are wanted, or labels that are all the
/// same.
void settle_labels(std::span<const metrics::Task> tasks, std::string_view name, data::Examples& examples);

}  // namespace sonde::study
