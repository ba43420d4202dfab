// What a probe that reads few columns looks like: its weights, how many of them a sweep of C keeps, and the
// values of the columns it reads.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/svg.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;

struct Part {
  const char* figure;
  const char* title;
  const char* caption;
};

constexpr std::array kWide{
    Part{"coefficients", "Weights by column",
         "Weights that are not 0, at their columns; the others lie on the dotted line."},
    Part{"selected_columns", "The columns it reads",
         "Activations of the columns of the largest weights, by class; points are spread sideways to be "
         "seen."},
    Part{"activations", "All activations",
         "Activations of all columns by class, counted in a hundred bins over each class's range."}};
constexpr std::array kNarrow{
    Part{"coefficient_values", "How large the weights are", "Weights that are not 0, in thirty bins."},
    Part{"density", "Weights kept, by C",
         "Share of weights that are not 0 along the sweep of C; to the right the penalty weakens."},
    Part{"density_by_penalty", "Weights kept, by penalty",
         "The same against the strength of the penalty, 1/C, on a log scale."}};

template <class Parts>
Json drawn(const Parts& parts, const Reading& reading, int& last_figure) {
  Json list = Json::array();
  for (const Part& part : parts) {
    const std::optional<Figure> figure = draw_figure(part.figure, reading);
    if (!figure) continue;
    list.push_back({{"figure", fmt::format("Figure {}", ++last_figure)},
                    {"name", part.figure},
                    {"title", part.title},
                    {"svg", draw_svg_for_page(*figure)},
                    {"caption", part.caption}});
  }
  return list;
}

// The numbers of a sweep, a row for each C; beside a solver that stops short those of the optimum.
Json sweep_table(const Reading& reading) {
  if (reading.best == nullptr || !reading.best->details.contains("path")) return nullptr;
  const Json& details = reading.best->details;
  const auto cells = [](const Json& point, Json& row) {
    row.push_back(percent(point.value("density", result::kNaN)));
    row.push_back(count(point.value("nonzero", std::int64_t{0})));
    row.push_back(fmt::format("{:.1e}", point.value("kkt", result::kNaN)));
  };
  const bool both = details.contains("exact_path") && details["exact_path"].size() == details["path"].size();
  Json columns = {"C", "Kept", "Weights", "Residual"};
  if (both) columns.insert(columns.end(), {Json("Kept at the optimum"), Json("Weights"), Json("Residual")});
  Json rows = Json::array();
  for (std::size_t i = 0; i < details["path"].size(); ++i) {
    Json row = {plain_number(details["path"][i].value("c", result::kNaN))};
    cells(details["path"][i], row);
    if (both) cells(details["exact_path"][i], row);
    rows.push_back({{"cells", row}});
  }
  return {
      {"columns", columns},
      {"rows", rows},
      {"caption",
       "Residual: how far the weights are from the conditions of the optimum, relative to zero weights."}};
}

}  // namespace

void view_sparse(const Reading& reading, int last_figure, Json& view) {
  Json wide = drawn(kWide, reading, last_figure), narrow = drawn(kNarrow, reading, last_figure);
  Json sweep = sweep_table(reading);
  view["has_sparse"] = !wide.empty() || !narrow.empty() || !sweep.is_null();
  view["sparse_wide"] = std::move(wide);
  view["sparse_narrow"] = std::move(narrow);
  view["sweep"] = std::move(sweep);
}

}  // namespace sonde::report
