// A number with its doubt.
#pragma once

namespace sonde::metrics {

/// A measured value and the bounds of its percentile bootstrap interval.
/// Units: those of the metric; NaN where a metric is undefined.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

}  // namespace sonde::metrics
