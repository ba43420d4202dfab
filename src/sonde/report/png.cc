// PNG of a figure: its SVG file through resvg, behind the shim.
#include "sonde/report/svg.h"
#include "sonde_shim_cpp.h"

namespace sonde::report {

std::string draw_png(const Figure& figure) {
  shim::Bytes pixels;
  shim::Failure failure;
  const std::string svg = draw_svg_file(figure);
  if (sonde_svg_to_png(shim::view(svg), 2.0F, pixels.out(), failure.out()) != SONDE_OK) {
    failure.raise({.where = "figure " + figure.name});
  }
  return std::string(pixels.text());
}

}  // namespace sonde::report
