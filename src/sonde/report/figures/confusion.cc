// Counts of true against predicted class on test; shade is the share of the row.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sonde/report/figure_catalogue.h"

namespace sonde::report {
namespace {

std::optional<Figure> draw(const Reading& reading) {
  const result::Confusion& confusion = reading.result.best.confusion;
  const std::size_t k = confusion.classes.size();
  if (k == 0 || confusion.counts.size() != k) return std::nullopt;
  Figure figure;
  figure.name = "confusion";
  figure.description = "Confusion on test.";
  Series cells{Mark::rects, Role::cell, "test", 0, {}};
  for (std::size_t r = 0; r < k; ++r) {
    if (confusion.counts[r].size() != k) return std::nullopt;
    const double total = static_cast<double>(
        std::accumulate(confusion.counts[r].begin(), confusion.counts[r].end(), std::int64_t{0}));
    for (std::size_t c = 0; c < k; ++c) {
      const double share = total > 0 ? static_cast<double>(confusion.counts[r][c]) / total : 0;
      const double x = static_cast<double>(c) - 0.5, y = static_cast<double>(r) - 0.5;
      cells.data.push_back({.x = x,
                            .y = y,
                            .x2 = x + 1,
                            .y2 = y + 1,
                            .shade = share,
                            .label = count(confusion.counts[r][c]),
                            .sub = total > 0 ? percent(share) : ""});
      figure.description += fmt::format(" is {}, said {}: {}.", confusion.classes[r], confusion.classes[c],
                                        count(confusion.counts[r][c]));
    }
    figure.x.ticks.push_back({.at = static_cast<double>(r), .label = "said " + confusion.classes[r]});
    figure.y.ticks.push_back({.at = static_cast<double>(r), .label = "is " + confusion.classes[r]});
  }
  figure.series.push_back(std::move(cells));
  const double n = static_cast<double>(k);
  figure.x.low = -0.5, figure.x.high = n - 0.5;
  figure.y.low = n - 0.5, figure.y.high = -0.5;
  const int side = static_cast<int>(std::clamp(320.0 / n, 34.0, 120.0) * n);
  figure.layout = {
      .width = side + 136, .height = side + 40, .left = 124, .right = 12, .top = 8, .bottom = 32};
  return figure;
}

}  // namespace

extern const FigureRecord confusion_entry;
const FigureRecord confusion_entry = {"confusion", "true against predicted class on test", draw};

}  // namespace sonde::report
