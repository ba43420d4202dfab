// Axes from what they have to hold: plain numbers in the data's own units, powers of ten, a metric.
#pragma once

#include <span>
#include <string>

#include "sonde/report/figure.h"
#include "sonde/report/wording.h"

namespace sonde::report {

/// Make an axis from `low` to `high` with room at both ends and about `count` round ticks.
Axis value_axis(std::string label, double low, double high, int count = 4);

/// Make an axis of powers of ten for values given as their log10.
Axis decade_axis(std::string label, double low, double high);

/// Make the upward axis of a metric on test that holds every value and interval of the series.
Axis metric_axis(const MetricStyle& style, std::span<const Series> series);

}  // namespace sonde::report
