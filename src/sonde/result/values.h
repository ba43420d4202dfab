// Numbers by name, as every part of a result holds them.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sonde/metrics/interval.h"

namespace sonde::result {

using metrics::Interval;
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Metrics by name, in the order they were asked for, each with its interval.
using Metrics = std::vector<std::pair<std::string, Interval>>;
/// Metrics by name without interval (train and validation parts).
using Values = std::vector<std::pair<std::string, double>>;

/// Find a metric by name; null when it is absent.
const Interval* find(const Metrics& metrics, std::string_view name);
/// Find a plain value by name; NaN when it is absent.
double find(const Values& values, std::string_view name);

}  // namespace sonde::result
