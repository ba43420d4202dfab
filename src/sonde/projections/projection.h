// A projection: rows of many columns as points in the plane or in space, to be looked at. Nothing is learned
// that could place a new row, and a distance in the picture is not a measurement; `reading` of each record
// says what may be read from it.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/options.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/moments.h"

namespace sonde::projections {

/// Where rows were put.
struct Projected {
  Matrix points;  ///< [n, dims], row i for row i
  /// What only this kind has to say: variances of PCA, the divergence t-SNE reached.
  nlohmann::ordered_json details = nlohmann::ordered_json::object();
};

/// A projection with its options.
class Projection {
 public:
  virtual ~Projection() = default;
  /// Place the rows in `dims` dimensions. The bits depend on the rows, the options and context.seed, not on
  /// the number of threads. Shapes: x [n, d]. Errors: usage for dims other than 2 or 3; input for more dims
  /// than columns, too few rows, a value that is not finite (first rows named), or rows that are all equal;
  /// partial when cancelled.
  virtual Projected project(MatrixView x, std::int64_t dims, const RunContext& context) const = 0;
  /// Tell whether where a row is put follows from it and from sums over all rows.
  virtual bool follows_from_sums() const { return false; }
  /// Place some rows as they lie among all whose sums are given. Errors: as project(); internal for a kind
  /// that does not follow from sums.
  virtual Projected project_among(MatrixView x, const solvers::Moments& all, std::int64_t dims,
                                  const RunContext& context) const;
  virtual std::string_view kind() const = 0;
  /// Give the options in force.
  virtual nlohmann::ordered_json options() const = 0;
};

/// One leaf of the catalogue.
struct ProjectionRecord {
  std::string_view name;
  std::string_view title;    ///< as it is written in text, for example "t-SNE"
  std::string_view summary;  ///< one line
  std::string_view reading;  ///< how to read its picture, and how not to
  std::string_view source;
  std::vector<FieldRecord> (*options)() = nullptr;  ///< the options with their defaults
  std::unique_ptr<Projection> (*make)(const nlohmann::json& options) = nullptr;
};

/// Give every kind of projection, in the order of list.def.
std::span<const ProjectionRecord* const> projection_records();

/// Give the record of a kind. Errors: usage for an unknown kind, with the nearest.
const ProjectionRecord& projection_record(std::string_view kind);

/// Make a projection from its kind and its options (JSON values, or texts as a command line gives them).
/// Errors: usage for an unknown kind or option, or a value that is not allowed.
std::unique_ptr<Projection> make_projection(std::string_view kind,
                                            const nlohmann::json& options = nlohmann::json::object());

}  // namespace sonde::projections
