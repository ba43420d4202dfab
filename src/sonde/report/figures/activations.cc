// All activations that the best probe could read, by class: counts on a log scale.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

std::optional<Figure> draw(const Reading& reading) {
  const auto& classes = reading.result.best.sparse.activations;
  if (classes.empty()) return std::nullopt;
  Figure figure;
  figure.name = "activations";
  figure.description = "Activations of all columns, counts on a log scale:";
  double low = classes[0].low, high = classes[0].high, most = 1;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const result::ValueHistogram& histogram = classes[c];
    const double width = (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
    Series points{Mark::points, Role::class_member, histogram.name, static_cast<int>(c), {}};
    std::int64_t all = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
      if (histogram.counts[i] == 0) continue;
      const auto n = static_cast<double>(histogram.counts[i]);
      all += histogram.counts[i];
      most = std::max(most, n);
      points.data.push_back(
          {.x = histogram.low + (static_cast<double>(i) + 0.5) * width, .y = std::log10(n), .size = 0});
    }
    low = std::min(low, histogram.low), high = std::max(high, histogram.high);
    figure.description += fmt::format(" {} of {} from {} to {};", count(all), histogram.name,
                                      plain_number(histogram.low), plain_number(histogram.high));
    figure.series.push_back(std::move(points));
  }
  figure.x = value_axis("activation", low, high, 6);
  figure.y = decade_axis("count in a hundredth of the class's range", 0, std::log10(most));
  figure.y.grid = figure.x.line = true;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const double top =
        figure.y.high - (0.04 + 0.08 * static_cast<double>(c)) * (figure.y.high - figure.y.low);
    figure.notes.push_back({figure.x.high, top, Side::left, classes[c].name});
    figure.series[c].data.push_back({.x = figure.x.high, .y = top, .size = 0});
  }
  figure.layout = {.width = 574, .height = 300, .left = 60, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord activations_entry;
const FigureRecord activations_entry = {"activations", "all activations by class, log counts", draw};

}  // namespace sonde::report
