// Percentile bootstrap intervals of every metric for several predictors of one test set, over the same
// resamples, so that differences between predictors are paired. It resamples test rows only; it says nothing
// about refitting.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/metrics/interval.h"
#include "sonde/metrics/metric.h"

namespace sonde::metrics {

/// What is drawn with replacement: rows, or whole groups when rows of a group belong together.
enum class ResampleUnit { row, group };

/// How a bootstrap is done.
struct BootstrapOptions {
  std::int64_t resamples = 1000;
  double level = 0.95;  ///< share of resamples inside the interval
  ResampleUnit unit = ResampleUnit::row;
  std::span<const std::int64_t> groups;  ///< [n] any ids; needed for ResampleUnit::group

  template <class V>
  void fields(V& visit) {
    visit("resamples", resamples,
          {.help = "bootstrap resamples of the test set", .larger = "steadier bounds", .low = 2});
    visit("level", level,
          {.help = "share of resamples inside an interval",
           .larger = "wider intervals",
           .low = 0.5,
           .high = 0.9999});
  }
};

/// The metrics of several predictors with their resampled values.
class BootstrapResult {
 public:
  /// Give value and interval of one metric of one predictor. Resamples where the metric is undefined are left
  /// out. Errors: usage for an unknown metric name, or one of another task.
  Interval interval(std::size_t predictor, std::string_view metric) const;
  /// Give value and interval of metric(a) − metric(b) over the same resamples.
  Interval difference(std::size_t a, std::size_t b, std::string_view metric) const;
  std::size_t predictors() const { return values_.size(); }
  std::int64_t resamples() const { return resamples_; }

 private:
  friend BootstrapResult bootstrap(std::span<const Predictions>, const BootstrapOptions&, const RunContext&);
  std::span<const double> draws(std::size_t predictor, std::size_t metric) const;

  Task task_ = Task::classes;
  std::int64_t resamples_ = 0;
  double level_ = 0;
  std::vector<std::vector<double>> values_;  // [predictor][metric]
  std::vector<double> draws_;                // [predictor, metric, resample]
};

/// Evaluate every metric of every predictor on the test set and on its resamples, drawn from context.seed.
/// All predictors must be of one task and hold the same truth. The resamples follow from the rows, the
/// options and the seed alone, so that two calls for one test set are paired too. The same bits for any
/// number of threads. Errors: input for no rows; internal when predictors disagree about the truth or groups
/// are missing. Source: Efron and Tibshirani 1993, ch. 13 (percentile interval); Field and Welsh 2007
/// (resampling whole clusters). Cost: resamples · predictors · n · classes.
BootstrapResult bootstrap(std::span<const Predictions> predictors, const BootstrapOptions& options,
                          const RunContext& context);

/// Say whether a difference can be told apart from none: its interval is defined and leaves out 0.
bool leaves_out_zero(const Interval& difference);

}  // namespace sonde::metrics
