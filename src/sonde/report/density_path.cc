#include "sonde/report/density_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

struct PathPoint {
  double c = 0, density = 0, kkt = 0;
};

std::vector<PathPoint> read_path(const nlohmann::ordered_json& details, const char* name) {
  std::vector<PathPoint> path;
  if (!details.contains(name) || !details[name].is_array()) return path;
  for (const auto& point : details[name]) {
    const PathPoint read{point.value("c", kNone), point.value("density", kNone), point.value("kkt", kNone)};
    if (read.c > 0 && std::isfinite(read.density)) path.push_back(read);
  }
  std::ranges::sort(path, {}, &PathPoint::c);
  return path;
}

}  // namespace

std::optional<Figure> draw_density(const Reading& reading, DensityAxis axis) {
  if (reading.best == nullptr) return std::nullopt;
  const std::vector<PathPoint> own = read_path(reading.best->details, "path"),
                               exact = read_path(reading.best->details, "exact_path");
  if (own.size() < 2) return std::nullopt;
  Figure figure;
  figure.name = axis == DensityAxis::c ? "density" : "density_by_penalty";
  figure.description = "Share of weights that are not 0 along C:";
  const auto place = [&](double c) { return axis == DensityAxis::c ? c : -std::log10(c); };
  double highest = 0;
  const auto add = [&](const std::vector<PathPoint>& path, Role role, const std::string& name) {
    Series line{Mark::line, role, name, 0, {}};
    for (const PathPoint& point : path) {
      line.data.push_back({.x = place(point.c), .y = 100 * point.density});
      highest = std::max(highest, 100 * point.density);
      figure.description +=
          fmt::format(" {} at C = {}: {};", name, plain_number(point.c), percent(point.density));
    }
    Series dots = line;
    dots.mark = Mark::points;
    figure.series.push_back(std::move(line));
    figure.series.push_back(std::move(dots));
  };
  if (!exact.empty()) add(exact, Role::validation, "optimum");
  const std::string name = exact.empty() ? "optimum" : "SAGA, as it stopped";
  add(own, Role::main, name);
  const double first = place(own.front().c), last = place(own.back().c);
  figure.x = axis == DensityAxis::c ? value_axis("C", first, last, 6)
                                    : decade_axis("strength of the penalty, 1/C", last, first);
  figure.y = value_axis("weights that are not 0, %", 0, highest);
  figure.y.low = 0;
  figure.y.grid = figure.x.line = true;
  const Side side = axis == DensityAxis::c ? Side::left : Side::right;
  // Above the ends of the curves, where neither has points.
  const double above = 0.08 * figure.y.high;
  figure.y.high += above;
  figure.notes.push_back({place(own.back().c), 100 * own.back().density + above, side, name});
  if (!exact.empty())
    figure.notes.push_back({place(exact.back().c), 100 * exact.back().density + above, side, "optimum"});
  figure.layout = {.width = 378, .height = 300, .left = 46, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace sonde::report
