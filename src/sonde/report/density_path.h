// How many weights a sparse probe keeps along a sweep of C, for the two figures that show it.
#pragma once

#include <optional>

#include "sonde/report/figure.h"
#include "sonde/report/reading.h"

namespace sonde::report {

/// What the x axis of a density figure counts.
enum class DensityAxis {
  c,        ///< C
  penalty,  ///< 1/C, on a log scale
};

/// Draw the share of weights that are not zero at the best address: by the solver asked for, and where that
/// stops short of the optimum, the optima beside it. Nothing without a recorded sweep of two values or more.
std::optional<Figure> draw_density(const Reading& reading, DensityAxis axis);

}  // namespace sonde::report
