// Predicted against true number on test, a point per row; on the dotted line both agree.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

std::optional<Figure> draw(const Reading& reading) {
  const auto& pairs = reading.result.best.numbers.pairs;
  if (pairs.empty()) return std::nullopt;
  Figure figure;
  figure.name = "predicted_numbers";
  double low = pairs[0].truth, high = low, least = pairs[0].predicted, most = least;
  Series points{Mark::points, Role::many, "test", 0, {}};
  for (const result::NumberPair& pair : pairs) {
    low = std::min(low, pair.truth), high = std::max(high, pair.truth);
    least = std::min(least, pair.predicted), most = std::max(most, pair.predicted);
    points.data.push_back({.x = pair.truth, .y = pair.predicted, .size = 0});
  }
  if (!(high > low)) return std::nullopt;
  figure.x = value_axis("true", low, high);
  figure.y = value_axis("predicted", std::min(low, least), std::max(high, most));
  figure.x.line = figure.y.grid = true;
  figure.series.push_back(
      {Mark::line, Role::reference, "equal", 0, {{.x = low, .y = low}, {.x = high, .y = high}}});
  figure.series.push_back(std::move(points));
  figure.description =
      fmt::format("Predicted against true {} of {} test {}: true from {} to {}, predicted from {} to {}.",
                  reading.label(), count(static_cast<std::int64_t>(pairs.size())), reading.rows(2),
                  plain_number(low), plain_number(high), plain_number(least), plain_number(most));
  figure.layout = {.width = 378, .height = 320, .left = 52, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord predicted_numbers_entry;
const FigureRecord predicted_numbers_entry = {"predicted_numbers", "predicted against true number on test",
                                              draw};

}  // namespace sonde::report
