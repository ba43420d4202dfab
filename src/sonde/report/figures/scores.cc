// Predicted probability of the second class on test: the first class above the line, the second below, errors
// pale.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"

namespace sonde::report {
namespace {

constexpr std::size_t kHundredths = 100;
constexpr std::size_t kBars = 50;

std::optional<Figure> draw(const Reading& reading) {
  const auto& scores = reading.result.best.calibration.scores;
  const auto& classes = reading.result.data.classes;
  if (scores.size() != 2 || classes.size() != 2) return std::nullopt;
  if (scores[0].size() != kHundredths || scores[1].size() != kHundredths) return std::nullopt;
  Figure figure;
  figure.name = "scores";
  double tallest[2] = {1, 1};
  for (std::size_t c = 0; c < 2; ++c) {
    Series bars{Mark::rects, Role::class_member, classes[c].name, static_cast<int>(c), {}};
    for (std::size_t i = 0; i < kBars; ++i) {
      const double n = static_cast<double>(scores[c][2 * i] + scores[c][2 * i + 1]),
                   x = 0.02 * static_cast<double>(i);
      tallest[c] = std::max(tallest[c], n);
      const bool miss = (2 * i >= kHundredths / 2) != (c == 1);
      bars.data.push_back(
          {.x = x, .y = 0, .x2 = x + 0.02, .y2 = c == 0 ? n : -n, .label = miss ? "miss" : ""});
    }
    figure.series.push_back(std::move(bars));
  }
  figure.series.push_back({Mark::rule, Role::limit, "threshold", 0, {{.x = 0.5}}});
  figure.description =
      fmt::format("Histogram of the predicted probability of {} on test, {} above the axis, {} below",
                  classes[1].name, classes[0].name, classes[1].name);
  figure.x = {.label = "", .low = 0, .high = 1, .ticks = {}};
  for (const char* label : {"0", "0.25", "0.5", "0.75", "1"}) {
    figure.x.ticks.push_back({.at = 0.25 * static_cast<double>(figure.x.ticks.size()), .label = label});
  }
  figure.y = {.label = "", .low = -tallest[1] * 1.04, .high = tallest[0] * 1.04};
  figure.notes.push_back({1, 0.9 * figure.y.high, Side::left, classes[0].name + ", above"});
  figure.notes.push_back({0, 0.8 * figure.y.low, Side::right, classes[1].name + ", below"});
  figure.layout = {.width = 378, .height = 252, .left = 14, .right = 14, .top = 8, .bottom = 28};
  return figure;
}

}  // namespace

extern const FigureRecord scores_entry;
const FigureRecord scores_entry = {"scores", "predicted probability of the second class, by true class",
                                   draw};

}  // namespace sonde::report
