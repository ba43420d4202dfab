#include "sonde/report/value_axis.h"

#include <cmath>
#include <utility>

#include "sonde/report/wording.h"

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

}  // namespace sonde::report
