// How long the texts are, in tokens, with the length at which they were cut.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"

namespace sonde::report {
namespace {

std::optional<Figure> draw(const Reading& reading) {
  const result::Data& data = reading.result.data;
  const auto& bins = data.tokens.histogram;
  if (bins.empty()) return std::nullopt;
  Figure figure;
  figure.name = "token_lengths";
  Series bars{Mark::rects, Role::main, "texts", 0, {}};
  double tallest = 1;
  for (const result::TokenBin& bin : bins) {
    const double n = static_cast<double>(bin.count);
    tallest = std::max(tallest, n);
    bars.data.push_back(
        {.x = static_cast<double>(bin.low), .y = 0, .x2 = static_cast<double>(bin.high), .y2 = n});
  }
  figure.series.push_back(std::move(bars));
  figure.x = {.label = "tokens per text",
              .low = static_cast<double>(bins.front().low),
              .high = static_cast<double>(bins.back().high),
              .ticks = {},
              .line = true};
  if (!(figure.x.high > figure.x.low)) return std::nullopt;
  if (data.max_length > 0 && data.truncated > 0 && static_cast<double>(data.max_length) < figure.x.high) {
    figure.series.push_back(
        {Mark::rule,
         Role::limit,
         "cut",
         0,
         {{.x = static_cast<double>(data.max_length), .label = fmt::format("cut at {}", data.max_length)}}});
  }
  for (const double at : round_ticks(figure.x.low, figure.x.high, 5))
    figure.x.ticks.push_back({.at = at, .label = fixed(at, 0)});
  figure.y = {.label = capital(reading.rows(2)), .low = 0, .high = tallest * 1.06, .ticks = {}, .grid = true};
  for (const double at : round_ticks(0, figure.y.high, 4)) {
    figure.y.ticks.push_back({.at = at, .label = count(static_cast<std::int64_t>(at))});
  }
  figure.description =
      fmt::format("Histogram of tokens per text: shortest {}, median {}, 95th percentile {}, longest {}",
                  data.tokens.min, fixed(data.tokens.median, 0), fixed(data.tokens.p95, 0), data.tokens.max);
  figure.layout = {.width = 574, .height = 230, .left = 46, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord token_lengths_entry;
const FigureRecord token_lengths_entry = {"token_lengths", "tokens per text and where texts were cut", draw};

}  // namespace sonde::report
