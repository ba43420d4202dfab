// How large the weights of a sparse probe are that are not zero: a histogram.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

std::optional<Figure> draw(const Reading& reading) {
  const result::SparseWeights& sparse = reading.result.best.sparse;
  const result::ValueHistogram& histogram = sparse.histogram;
  if (sparse.width == 0 || sparse.nonzero == 0 || histogram.counts.empty()) return std::nullopt;
  Figure figure;
  figure.name = "coefficient_values";
  const double width = (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
  std::int64_t most = 0;
  Series bars{Mark::rects, Role::main, "weights", 0, {}};
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const double x = histogram.low + static_cast<double>(i) * width;
    most = std::max(most, histogram.counts[i]);
    bars.data.push_back({.x = x, .y = 0, .x2 = x + width, .y2 = static_cast<double>(histogram.counts[i])});
  }
  figure.x = value_axis("weight", histogram.low, histogram.high);
  figure.y = value_axis("weights that are not 0", 0, static_cast<double>(most));
  figure.y.low = 0;
  figure.y.grid = figure.x.line = true;
  std::erase_if(figure.y.ticks,
                [](const Tick& tick) { return tick.at < 0 || tick.at != std::floor(tick.at); });
  figure.series.push_back(std::move(bars));
  figure.description = fmt::format(
      "Histogram of the {} weights that are not 0, from {} to {}; the fullest bin has {}.",
      count(sparse.nonzero), plain_number(histogram.low), plain_number(histogram.high), count(most));
  figure.layout = {.width = 378, .height = 320, .left = 46, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord coefficient_values_entry;
const FigureRecord coefficient_values_entry = {"coefficient_values", "histogram of a sparse probe's weights",
                                               draw};

}  // namespace sonde::report
