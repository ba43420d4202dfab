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

std::optional<Figure> draw_figure(std::string_view name, const Reading& reading) {
  for (const FigureRecord* record : figure_records()) {
    if (record->name == name) return record->draw(reading);
  }
  throw Error(ErrorCode::internal,
              {.where = "figures", .what = "no figure of that name", .got = std::string(name)});
}

}  // namespace sonde::report
