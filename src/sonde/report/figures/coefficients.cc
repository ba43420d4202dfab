// The weights of a probe that reads few columns, by column; exact zeros lie on the line.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

std::optional<Figure> draw(const Reading& reading) {
  const result::SparseWeights& sparse = reading.result.best.sparse;
  if (sparse.width == 0 || sparse.coefficients.empty()) return std::nullopt;
  Figure figure;
  figure.name = "coefficients";
  double low = 0, high = 0;
  Series stems{Mark::interval, Role::baseline, "weight", 0, {}}, heads{Mark::points, Role::main, "", 0, {}};
  const result::Coefficient* strongest = sparse.coefficients.data();
  for (const result::Coefficient& c : sparse.coefficients) {
    const auto x = static_cast<double>(c.column);
    low = std::min(low, c.weight), high = std::max(high, c.weight);
    stems.data.push_back({.x = x, .y = 0, .x2 = x, .y2 = c.weight});
    heads.data.push_back({.x = x, .y = c.weight});
    if (std::abs(c.weight) > std::abs(strongest->weight)) strongest = &c;
  }
  figure.x = value_axis("column", 0, static_cast<double>(sparse.width - 1), 6);
  figure.y = value_axis("weight", low, high);
  figure.y.grid = figure.x.line = true;
  figure.series = {{Mark::line,
                    Role::reference,
                    "zero",
                    0,
                    {{.x = 0, .y = 0}, {.x = static_cast<double>(sparse.width - 1), .y = 0}}},
                   std::move(stems),
                   std::move(heads)};
  const double density = static_cast<double>(sparse.nonzero) / static_cast<double>(sparse.width);
  const std::string zeros = fmt::format("{} weights are exactly 0", count(sparse.width - sparse.nonzero));
  figure.notes.push_back({0, figure.y.high, Side::right, zeros});
  figure.description = fmt::format(
      "Weights by column: {} of {} are not 0 ({}); the largest is {} at column {}.", count(sparse.nonzero),
      count(sparse.width), percent(density), plain_number(strongest->weight), count(strongest->column));
  figure.layout = {.width = 800, .height = 320, .left = 60, .right = 14, .top = 28, .bottom = 48};
  return figure;
}

}  // namespace

extern const FigureRecord coefficients_entry;
const FigureRecord coefficients_entry = {"coefficients", "weights of a sparse probe by column", draw};

}  // namespace sonde::report
