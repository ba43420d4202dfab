// The metric on test against the number of training rows, with the spread over subsets.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

void fit_axes(Figure& figure, const Reading& reading, const std::vector<result::ControlPoint>& points) {
  figure.y = metric_axis(reading.style, figure.series);
  const double first = figure.series.back().data.front().x, last = figure.series.back().data.back().x;
  const double side = 0.06 * std::max(last - first, 0.1);
  figure.x = {.label = "training " + reading.rows(2) + ", each step to the right the same factor",
              .low = first - side,
              .high = last + side,
              .ticks = {},
              .line = true};
  double taken = -1e300;
  for (const result::ControlPoint& point : points) {
    const double at = std::log10(static_cast<double>(point.rows));
    if (at - taken < 0.08 * (figure.x.high - figure.x.low)) continue;  // labels would touch
    figure.x.ticks.push_back({.at = at, .label = count(point.rows)});
    taken = at;
  }
}

std::optional<Figure> draw(const Reading& reading) {
  const result::Control* control = result::find(reading.result.honesty, "learning_curve");
  if (control == nullptr) return std::nullopt;
  std::vector<result::ControlPoint> points;
  for (const result::ControlPoint& point : control->points) {
    if (point.rows > 0 && std::isfinite(point.value.value)) points.push_back(point);
  }
  if (points.size() < 2) return std::nullopt;
  Figure figure;
  figure.name = "learning_curve";
  figure.description = reading.style.title + " on test by number of training rows:";
  const double scale = reading.style.scale;
  Series whisker{Mark::interval, Role::main, "spread", 0, {}}, line{Mark::line, Role::main, "mean", 0, {}};
  for (const result::ControlPoint& point : points) {
    const double x = std::log10(static_cast<double>(point.rows));
    whisker.data.push_back({.x = x, .y = point.value.low * scale, .x2 = x, .y2 = point.value.high * scale});
    line.data.push_back({.x = x, .y = point.value.value * scale});
    figure.description +=
        fmt::format(" {} rows {};", count(point.rows), value_with_unit(reading.style, point.value.value));
  }
  Series dots = line;
  dots.mark = Mark::points;
  for (Series* series : {&whisker, &line, &dots}) figure.series.push_back(std::move(*series));
  fit_axes(figure, reading, points);
  figure.layout = {.width = 574, .height = 230, .left = 46, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord learning_curve_entry;
const FigureRecord learning_curve_entry = {"learning_curve", "metric by number of training rows", draw};

}  // namespace sonde::report
