// What the probe reaches on shuffled labels, and where the real result stands among it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sonde/report/figure_catalogue.h"

namespace sonde::report {
namespace {

constexpr int kBins = 24;

std::optional<Figure> draw(const Reading& reading) {
  const result::Control* control = result::find(reading.result.honesty, "shuffled_labels");
  const metrics::Interval* real = control != nullptr ? find(control->numbers, "value") : nullptr;
  if (real == nullptr || !std::isfinite(real->value)) return std::nullopt;
  const double scale = reading.style.scale;
  std::vector<double> draws;
  for (const double draw : control->draws) {
    if (std::isfinite(draw)) draws.push_back(draw * scale);
  }
  if (draws.empty()) return std::nullopt;
  const double at = real->value * scale;
  const double low = std::min(at, *std::ranges::min_element(draws));
  const double high = std::max(at, *std::ranges::max_element(draws));
  const double width = std::max(high - low, 1e-9) / (kBins - 1), first = low - width / 2;
  std::vector<double> counts(kBins);
  for (const double draw : draws) ++counts[static_cast<std::size_t>((draw - first) / width)];
  Figure figure;
  figure.name = "shuffled_labels";
  Series bars{Mark::rects, Role::main, "shuffles", 0, {}};
  for (int b = 0; b < kBins; ++b)
    bars.data.push_back({.x = first + b * width, .y = 0, .x2 = first + (b + 1) * width, .y2 = counts[b]});
  figure.series.push_back(std::move(bars));
  const std::string value = value_with_unit(reading.style, real->value);
  figure.series.push_back(
      {Mark::rule, Role::limit, "real", 0, {{.x = at, .label = "real labels: " + value}}});
  figure.x = {.label = reading.style.title + (scale == 100 ? " on test, %" : " on test"),
              .low = first - width,
              .high = first + (kBins + 1) * width,
              .ticks = {},
              .line = true};
  const int digits = figure.x.high - figure.x.low > 5 ? 0 : reading.style.digits;
  for (const double tick : round_ticks(figure.x.low, figure.x.high, 5))
    figure.x.ticks.push_back({.at = tick, .label = fixed(tick, digits)});
  const double tallest = *std::ranges::max_element(counts);
  figure.y = {.label = "Fits to shuffled labels", .low = 0, .high = tallest * 1.2, .ticks = {}, .grid = true};
  for (const double tick : round_ticks(0, figure.y.high, 4)) {
    if (tick == std::round(tick))
      figure.y.ticks.push_back({.at = tick, .label = count(static_cast<std::int64_t>(tick))});
  }
  figure.description = fmt::format(
      "Histogram of {} on test after {} fits to shuffled labels, from {} to {}; with real labels {}",
      lower_title(reading.style), draws.size(), fixed(*std::ranges::min_element(draws), reading.style.digits),
      fixed(*std::ranges::max_element(draws), reading.style.digits), value);
  figure.layout = {.width = 574, .height = 230, .left = 46, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord shuffled_labels_entry;
const FigureRecord shuffled_labels_entry = {"shuffled_labels",
                                            "results on shuffled labels beside the real one", draw};

}  // namespace sonde::report
