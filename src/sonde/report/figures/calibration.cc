// Reliability diagram: the observed share against the predicted probability, with the interval of each bin.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"

namespace sonde::report {
namespace {

std::optional<Figure> draw(const Reading& reading) {
  const result::Calibration& calibration = reading.result.best.calibration;
  std::int64_t largest = 0;
  for (const result::CalibrationBin& bin : calibration.bins) largest = std::max(largest, bin.n);
  if (largest == 0) return std::nullopt;
  Figure figure;
  figure.name = "calibration";
  figure.description = "Reliability diagram.";
  Series whisker{Mark::interval, Role::main, "interval", 0, {}},
      line{Mark::line, Role::main, "observed", 0, {}};
  for (const result::CalibrationBin& bin : calibration.bins) {
    if (bin.n == 0) continue;
    whisker.data.push_back(
        {.x = bin.predicted, .y = bin.observed.low, .x2 = bin.predicted, .y2 = bin.observed.high});
    const double size = static_cast<double>(bin.n) / static_cast<double>(largest);
    line.data.push_back({.x = bin.predicted, .y = bin.observed.value, .size = std::min(size, 0.999999)});
    figure.description +=
        fmt::format(" predicted {}, observed {};", fixed(bin.predicted, 2), fixed(bin.observed.value, 2));
  }
  Series dots = line;
  dots.mark = Mark::points;
  figure.series.push_back({Mark::line, Role::reference, "perfect", 0, {{.x = 0, .y = 0}, {.x = 1, .y = 1}}});
  for (Series* series : {&whisker, &line, &dots}) figure.series.push_back(std::move(*series));
  const std::string share =
      calibration.positive.empty() ? "Share that is right" : "Share that is " + calibration.positive;
  figure.y = {.label = share, .low = 0, .high = 1, .ticks = {}, .grid = true};
  figure.x = {.label = "", .low = 0, .high = 1, .ticks = {}, .line = true};
  for (const char* label : {"0", "0.25", "0.5", "0.75", "1"}) {
    const double at = 0.25 * static_cast<double>(figure.x.ticks.size());
    figure.x.ticks.push_back({.at = at, .label = label});
    figure.y.ticks.push_back({.at = at, .label = label});
  }
  figure.notes.push_back({0.93, 0.97, Side::left, "perfect"});
  figure.layout = {.width = 378, .height = 300, .left = 40, .right = 14, .top = 28, .bottom = 30};
  return figure;
}

}  // namespace

extern const FigureRecord calibration_entry;
const FigureRecord calibration_entry = {"calibration", "observed share against predicted probability", draw};

}  // namespace sonde::report
