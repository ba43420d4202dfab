// The style sheet of a figure that stands in a file of its own.
#pragma once

#include <string>

namespace sonde::report {

/// Take the chart grammar out of the page's style sheet, with the light colours put in for its variables, so
/// that a file looks as the page does.
const std::string& light_chart_style();

}  // namespace sonde::report
