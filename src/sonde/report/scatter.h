// A picture of points as a Figure: classes by shape and colour, numbers by a scale, tokens with their texts,
// and three dimensions from one fixed side.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sonde/report/figure.h"
#include "sonde/result/picture.h"

namespace sonde::report {

/// Draw the points of a picture.
Figure scatter_figure(const result::Picture& picture);

/// Say in one sentence or two what the picture shows and how to read it, for a caption. Plain text.
std::string scatter_caption(const result::Picture& picture);

/// Write one coordinate's name with its share of the variance, where known: "component 1 (22.6 %)".
std::string coordinate_name(const result::Picture& picture, std::size_t coordinate);

/// A place as it is seen from the fixed side: right, up, and towards the eye.
/// Units: the cube that holds all points is [−1, 1] in each coordinate.
std::array<double, 3> seen_from_the_side(const std::array<double, 3>& place);

}  // namespace sonde::report
