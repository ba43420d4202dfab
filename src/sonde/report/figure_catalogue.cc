#include "sonde/report/figure_catalogue.h"

#include "sonde/core/error.h"

namespace sonde::report {

#define SONDE_ENTRY(name) extern const FigureRecord name##_entry;
#include "sonde/report/figures/list.def"
#undef SONDE_ENTRY

std::span<const FigureRecord* const> figure_records() {
#define SONDE_ENTRY(name) &name##_entry,
  static constexpr const FigureRecord* kRecords[] = {
#include "sonde/report/figures/list.def"
  };
#undef SONDE_ENTRY
  return kRecords;
}

std::vector<Figure> draw_figures(const FigureRecord& record, const Reading& reading) {
  if (record.draw_all != nullptr) return record.draw_all(reading);
  std::vector<Figure> figures;
  if (std::optional<Figure> figure = record.draw(reading)) {
    figure->name = record.name;
    figures.push_back(std::move(*figure));
  }
  return figures;
}

std::optional<Figure> draw_figure(std::string_view name, const Reading& reading) {
  for (const FigureRecord* record : figure_records()) {
    if (record->name == name && record->draw != nullptr) return record->draw(reading);
  }
  throw Error(ErrorCode::internal,
              {.where = "figures", .what = "no figure of that name", .got = std::string(name)});
}

}  // namespace sonde::report
