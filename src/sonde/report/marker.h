// How a class or a number is shown by a point: shape and colour of each class, steps of a scale for numbers.
#pragma once

#include <string>

namespace sonde::report {

/// Classes that look different: five shapes with a colour each, filled, then the same hollow. Further ones
/// share a grey disc.
inline constexpr int kMarkers = 10;
/// Steps of the colour scale for numbers.
inline constexpr int kShades = 8;

/// Draw the mark of class number `index` as SVG; its area does not depend on its shape.
std::string class_marker(int index, double x, double y, double radius);

/// Draw a disc in the step of the scale that `share` (0 to 1) falls into.
std::string shade_marker(double share, double x, double y, double radius);

}  // namespace sonde::report
