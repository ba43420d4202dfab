// Progress on standard error: a line that rewrites itself on a terminal, or one JSON object a step for
// programs.
#pragma once

#include <memory>

#include "sonde/core/progress.h"

namespace sonde::app {

/// Make a display with share, rate and time left, redrawn ten times a second at most.
std::unique_ptr<Progress> make_line_progress();
/// Make a display that writes {"stage","done","total","unit","per_second","seconds_left"} lines, once a
/// second at most.
std::unique_ptr<Progress> make_json_progress();

}  // namespace sonde::app
