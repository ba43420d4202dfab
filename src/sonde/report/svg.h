// Draws a Figure as SVG. The same drawing serves the page, which colours it by its style sheet, and a file,
// which carries the light theme with it. References nothing outside itself.
#pragma once

#include <string>

#include "sonde/report/figure.h"

namespace sonde::report {

/// Draw as an element for the page: classes, no colours.
std::string draw_svg_for_page(const Figure& figure);

/// Draw as a document of its own: light theme, white background.
std::string draw_svg_file(const Figure& figure);

/// Draw as PNG, 2 pixels per unit, in the fonts of the machine.
/// Errors: input or limit from the rasteriser.
std::string draw_png(const Figure& figure);

}  // namespace sonde::report
