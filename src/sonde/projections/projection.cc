#include "sonde/projections/projection.h"

#include <array>

#include "sonde/core/catalogue.h"

namespace sonde::projections {

Projected Projection::project_among(MatrixView, const solvers::Moments&, std::int64_t,
                                    const RunContext&) const {
  throw Error(ErrorCode::internal, {.where = std::string(kind()), .what = "does not follow from sums"});
}

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
  return record_named(kind, projection_records(), "projections", "projection");
}

std::unique_ptr<Projection> make_projection(std::string_view kind, const nlohmann::json& options) {
  return projection_record(kind).make(options);
}

}  // namespace sonde::projections
