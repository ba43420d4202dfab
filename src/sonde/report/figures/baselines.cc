// The best probe and every baseline on one scale, each with its interval; a rule at the best.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"

namespace sonde::report {
namespace {

using metrics::Interval;

void add_row(Figure& figure, const Reading& reading, const Interval& v, std::string name, Role role) {
  const double y = static_cast<double>(figure.y.ticks.size()), scale = reading.style.scale;
  Series whisker{
      Mark::interval, role, name, 0, {{.x = v.low * scale, .y = y, .x2 = v.high * scale, .y2 = y}}};
  Series dot{Mark::points, role, name, role == Role::main ? 1 : 0, {{.x = v.value * scale, .y = y}}};
  figure.description +=
      fmt::format(" {} {} {}.", name, value_text(reading.style, v.value), interval_text(reading.style, v));
  figure.y.ticks.push_back({.at = y, .label = std::move(name), .strong = role == Role::main});
  figure.series.push_back(std::move(whisker));
  figure.series.push_back(std::move(dot));
}

void fit_axes(Figure& figure, const Reading& reading) {
  double low = 1e300, high = -1e300;
  for (const Series& series : figure.series) {
    for (const Datum& d : series.data) {
      for (const double v : {d.x, d.x2}) {
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
      }
    }
  }
  const double pad = 0.05 * std::max(high - low, 1e-9);
  figure.x = {.label = reading.style.title + (reading.style.scale == 100 ? " on test, %" : " on test"),
              .low = low - pad,
              .high = high + pad,
              .ticks = {},
              .grid = true,
              .line = true};
  for (const double at : round_ticks(figure.x.low, figure.x.high, 5)) {
    figure.x.ticks.push_back({.at = at, .label = fixed(at, reading.style.scale == 100 ? 0 : 2)});
  }
  const double n = static_cast<double>(figure.y.ticks.size());
  figure.y.low = n - 0.4;
  figure.y.high = -0.6;
  figure.layout = {.width = 720,
                   .height = static_cast<int>(76 + 40 * n),
                   .left = 170,
                   .right = 24,
                   .top = 14,
                   .bottom = 52};
}

std::optional<Figure> draw(const Reading& reading) {
  const Interval* best = reading.best != nullptr ? reading.value(*reading.best) : nullptr;
  if (best == nullptr || !std::isfinite(best->value)) return std::nullopt;
  Figure figure;
  figure.name = "baselines";
  figure.description = reading.style.title + " on test.";
  add_row(figure, reading, *best, reading.best->at, Role::main);
  for (const result::Baseline* baseline : reading.baselines()) {
    add_row(figure, reading, *find(baseline->metrics, reading.style.name), baseline_title(baseline->name),
            Role::baseline);
  }
  if (figure.y.ticks.size() < 2) return std::nullopt;
  fit_axes(figure, reading);
  figure.y.addresses = false;
  figure.series.insert(figure.series.begin(),
                       {Mark::rule, Role::reference, "best", 0, {{.x = best->value * reading.style.scale}}});
  return figure;
}

}  // namespace

extern const FigureRecord baselines_entry;
const FigureRecord baselines_entry = {"baselines", "the best probe and every baseline on one scale", draw};

}  // namespace sonde::report
