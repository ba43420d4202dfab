// The figures that a report can hold. Each leaf of figures/ takes a result and gives a Figure, or nothing
// when the result has no data for it.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/report/figure.h"
#include "sonde/report/reading.h"

namespace sonde::report {

/// What the catalogue says of one figure.
struct FigureRecord {
  std::string_view name;     ///< also its file name
  std::string_view summary;  ///< one line for docs
  std::optional<Figure> (*draw)(const Reading&) = nullptr;
  /// Instead of `draw`, for as many figures as the result has data for; each has a name of its own.
  std::vector<Figure> (*draw_all)(const Reading&) = nullptr;
};

/// List the figures in the order of figures/list.def.
std::span<const FigureRecord* const> figure_records();

/// Draw every figure that a record has, in order.
std::vector<Figure> draw_figures(const FigureRecord& record, const Reading& reading);

/// Draw one figure by name; nothing when the result has no data for it.
/// Errors: internal for a name that is not in the catalogue.
std::optional<Figure> draw_figure(std::string_view name, const Reading& reading);

}  // namespace sonde::report
