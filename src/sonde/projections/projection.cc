#include "sonde/projections/projection.h"

#include <fmt/core.h>

#include <array>
#include <string>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde::projections {

#define SONDE_ENTRY(name) extern const ProjectionRecord name##_entry;
#include "sonde/projections/list.def"
#undef SONDE_ENTRY

std::span<const ProjectionRecord* const> projection_records() {
#define SONDE_ENTRY(name) &name##_entry,
  static constexpr std::array records{
#include "sonde/projections/list.def"
  };
#undef SONDE_ENTRY
  return records;
}

const ProjectionRecord& projection_record(std::string_view kind) {
  std::vector<std::string> known;
  for (const ProjectionRecord* record : projection_records()) {
    if (record->name == kind) return *record;
    known.emplace_back(record->name);
  }
  throw Error(ErrorCode::usage, {.where = "projections",
                                 .what = fmt::format("unknown projection '{}'", kind),
                                 .hint = did_you_mean(kind, known)});
}

std::unique_ptr<Projection> make_projection(std::string_view kind, const nlohmann::json& options) {
  return projection_record(kind).make(options);
}

}  // namespace sonde::projections
