#include "sonde/report/marker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sonde::report {

std::string class_marker(int index, double x, double y, double radius) {
  const bool known = index >= 0 && index < kMarkers;
  const std::string css = known ? fmt::format("pt k{}{}", index % 5, index < 5 ? 'f' : 'o') : "pt kxf";
  const auto path = [&](std::string_view form, double size) {
    const double r = radius * size;
    const double a = r / 3, b = r * 0.9;
    if (form == "triangle")
      return fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}H{:.1f}Z", x, y - r, x + b, y + r * 0.62, x - b);
    if (form == "square")
      return fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}Z", x - r, y - r, x + r, y + r, x - r);
    if (form == "diamond")
      return fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}Z", x, y - r, x + r, y, x,
                         y + r, x - r, y);
    return fmt::format(
        "M{0:.1f} "
        "{2:.1f}H{1:.1f}V{3:.1f}H{5:.1f}V{4:.1f}H{1:.1f}V{6:.1f}H{0:.1f}V{4:.1f}H{7:.1f}V{3:.1f}H{0:.1f}Z",
        x - a, x + a, y - r, y - a, y + a, x + r, y + r, x - r);
  };
  // Sizes that give each shape about the area of the disc.
  switch (known ? index % 5 : 0) {
    case 1:
      return fmt::format("<path class=\"{}\" d=\"{}\"/>", css, path("triangle", 1.42));
    case 2:
      return fmt::format("<path class=\"{}\" d=\"{}\"/>", css, path("square", 0.89));
    case 3:
      return fmt::format("<path class=\"{}\" d=\"{}\"/>", css, path("diamond", 1.25));
    case 4:
      return fmt::format("<path class=\"{}\" d=\"{}\"/>", css, path("plus", 1.3));
    default:
      return fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>", css, x, y,
                         radius);
  }
}

std::string shade_marker(double share, double x, double y, double radius) {
  const int step = std::isfinite(share) ? std::clamp(static_cast<int>(share * kShades), 0, kShades - 1) : 0;
  return fmt::format("<circle class=\"pt s{}f\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>", step, x, y,
                     radius);
}

}  // namespace sonde::report
