// Axes of plain numbers, for figures whose units are the data's own.
#pragma once

#include <string>

#include "sonde/report/figure.h"

namespace sonde::report {

/// Make an axis from `low` to `high` with room at both ends and about `count` round ticks.
Axis value_axis(std::string label, double low, double high, int count = 4);

/// Make an axis of powers of ten for values given as their log10.
Axis decade_axis(std::string label, double low, double high);

}  // namespace sonde::report
