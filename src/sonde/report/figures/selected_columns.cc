// The values of the columns that a sparse probe reads most, each column a strip for each class.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

// Where a point lies beside its strip's middle: the golden ratio scatters any number of them evenly.
double beside(std::size_t index) {
  const double turn = static_cast<double>(index) * 0.6180339887498949;
  return 0.16 * (turn - std::floor(turn) - 0.5);
}

std::optional<Figure> draw(const Reading& reading) {
  const auto& selected = reading.result.best.sparse.selected;
  if (selected.empty()) return std::nullopt;
  Figure figure;
  figure.name = "selected_columns";
  double low = 0, high = 0;
  std::vector<Series> classes;
  for (std::size_t i = 0; i < selected.size(); ++i) {
    const auto& values = selected[i].classes;
    for (std::size_t c = 0; c < values.size(); ++c) {
      if (classes.size() == c)
        classes.push_back({Mark::points, Role::class_member, values[c].name, static_cast<int>(c), {}});
      const double middle = static_cast<double>(i) + (c == 0 ? -0.15 : 0.15);
      for (std::size_t v = 0; v < values[c].values.size(); ++v) {
        const double value = values[c].values[v];
        low = std::min(low, value), high = std::max(high, value);
        classes[c].data.push_back({.x = middle + beside(v), .y = value, .size = 0});
      }
    }
  }
  figure.x = {.label = "column, by number",
              .low = -1,
              .high = static_cast<double>(selected.size()),
              .ticks = {},
              .line = true};
  const std::size_t every = (selected.size() + 11) / 12;  // labels that fit
  for (std::size_t i = 0; i < selected.size(); i += every)
    figure.x.ticks.push_back({.at = static_cast<double>(i), .label = fmt::format("{}", selected[i].column)});
  figure.y = value_axis("activation", low, high);
  figure.y.grid = true;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::string side = c == 0 ? ", left of each column" : ", right";
    figure.notes.push_back(
        {figure.x.high,
         figure.y.high - (0.04 + 0.08 * static_cast<double>(c)) * (figure.y.high - figure.y.low), Side::left,
         classes[c].name + side});
  }
  figure.series = std::move(classes);
  figure.description =
      fmt::format("Activations of the {} columns of the largest weights, a strip for each class; ",
                  count(static_cast<std::int64_t>(selected.size())));
  figure.description += fmt::format("values from {} to {}.", plain_number(low), plain_number(high));
  figure.layout = {.width = 800, .height = 320, .left = 52, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord selected_columns_entry;
const FigureRecord selected_columns_entry = {
    "selected_columns", "values of the columns that a sparse probe reads, by class", draw};

}  // namespace sonde::report
