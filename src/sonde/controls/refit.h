// The refits that controls are made of, in parallel, each on one thread: on other labels, or on other rows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/controls/control.h"

namespace sonde::controls {

/// Labels in place of a subject's own. An empty list leaves those of the part as they are.
struct LabelSet {
  std::vector<std::int32_t> train, valid;
};

/// Fit the subject's probe once per set of labels, over the same rows and features.
/// Errors: as the probe's fit. Cost: one fit per set.
std::vector<std::unique_ptr<probes::FittedProbe>> fit_label_sets(const Subject& subject,
                                                                 std::span<const LabelSet> sets,
                                                                 const RunContext& context);

/// Rows of the training part to fit on, which may repeat, and the seed of that fit.
struct RowSet {
  std::vector<std::int64_t> rows;
  std::uint64_t seed = 0;
};

/// Fit the subject's probe once per set of rows and give each fit to `use`, which may run in any thread.
void fit_row_sets(const Subject& subject, std::span<const RowSet> sets, const RunContext& context,
                  const std::function<void(std::int64_t set, const probes::FittedProbe& fitted)>& use);

/// Measure one metric of a fitted probe on labelled rows. Errors: usage for an unknown metric.
double measure(const probes::FittedProbe& fitted, const probes::LabelledInput& rows, std::string_view metric);

/// Measure rows as they are, then with each row counted as often as a weighting says.
std::vector<double> measure_weighted(const probes::FittedProbe& fitted, const probes::LabelledInput& rows,
                                     std::string_view metric,
                                     std::span<const std::vector<std::uint32_t>> weightings);

/// Tell whether `a` is at least as good as `b` by a metric. An undefined `a` counts as good: a refit that
/// cannot be judged must not make a number look surer.
bool at_least_as_good(double a, double b, std::string_view metric);

}  // namespace sonde::controls
