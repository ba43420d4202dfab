#include "sonde/report/value_axis.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sonde::report {
namespace {

constexpr double kRoom = 0.04;  // beyond the values, of their range

Axis empty_axis(std::string label, double low, double high) {
  const double pad = kRoom * (high > low ? high - low : 1);
  return {.label = std::move(label), .low = low - pad, .high = high + pad, .ticks = {}};
}

}  // namespace

Axis value_axis(std::string label, double low, double high, int count) {
  Axis axis = empty_axis(std::move(label), low, high);
  for (const double at : round_ticks(axis.low, axis.high, count))
    axis.ticks.push_back({.at = at, .label = plain_number(at)});
  return axis;
}

Axis decade_axis(std::string label, double low, double high) {
  Axis axis = empty_axis(std::move(label), low, high);
  for (double at = std::ceil(axis.low); at <= axis.high; ++at)
    axis.ticks.push_back({.at = at, .label = plain_number(std::pow(10.0, at))});
  return axis;
}

Axis metric_axis(const MetricStyle& style, std::span<const Series> series) {
  double low = 1e300, high = -1e300;
  for (const Series& one : series) {
    for (const Datum& d : one.data) {
      for (const double v : {d.y, d.y2}) {
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
      }
    }
  }
  const double range = high - low, pad = 0.08 * std::max(range, 1e-3);
  const bool percents = style.scale == 100;
  Axis axis{.label = style.title + (percents ? " on test, %" : " on test"),
            .low = low - pad,
            .high = high + pad,
            .ticks = {},
            .grid = true};
  const int digits = percents ? (range > 5 ? 0 : 1) : range > 0.05 ? 2 : 3;
  for (const double at : round_ticks(axis.low, axis.high, 4))
    axis.ticks.push_back({.at = at, .label = fixed(at, digits)});
  return axis;
}

}  // namespace sonde::report
