// Pictures of rows: which are drawn, and the drawing of one. What it gives is a record; files are the
// report's.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/options.h"
#include "sonde/core/run_context.h"
#include "sonde/result/picture.h"
#include "sonde/solvers/moment_sum.h"

namespace sonde::study {

/// One entry of [[pictures]]: these fields, and the options of the projection beside them.
struct PictureSpec {
  std::string how = "pca";
  std::string of = "examples";
  std::string at = "best";
  std::int64_t dims = 2;
  std::int64_t row = 1;
  std::int64_t rows = 2000;
  nlohmann::json options = nlohmann::json::object();

  template <class V>
  void fields(V& visit) {
    visit("how", how, {.help = "projection: pca, tsne or umap"});
    visit("of", of,
          {.help = "points: the examples, or the tokens of one text", .words = {"examples", "tokens"}});
    visit("at", at, {.help = "address; best, or a pattern or all for a picture of each"});
    visit("dims", dims, {.help = "dimensions of the picture", .low = 2, .high = 3});
    visit("row", row, {.help = "tokens: row of the data, from 1 on", .low = 1});
    visit("rows", rows,
          {.help = "most examples; of more, so many are drawn at random",
           .larger = "fuller picture, longer run",
           .low = 3,
           .high = 1e6});
  }
};

/// Read a picture from its keys, those of the projection among them.
/// Errors: usage for an unknown projection or key, or a value that is not allowed.
PictureSpec read_picture(const nlohmann::json& entry);

/// Read `KIND` or `KIND:name=value,…` as a command line gives it.
PictureSpec parse_picture(std::string_view text);

/// Read [[pictures]], and the short form `projections`, `projections_at` and `dims` of [report], which are
/// taken out of `report`. Errors: usage.
std::vector<PictureSpec> take_pictures(const nlohmann::json& study, nlohmann::json& report);

/// Write pictures with every option filled in.
nlohmann::ordered_json pictures_to_json(std::span<const PictureSpec> pictures);

/// Rows to draw, and what is known of them. Shapes: x [n, d]; rows [n]; labels, values, texts [n] or empty.
struct PictureRows {
  std::string at;
  MatrixView x;
  std::span<const std::int64_t> rows;  ///< 1-based; empty: 1 … n
  std::span<const std::string> classes;
  std::span<const std::int32_t> labels;
  std::span<const double> values;
  std::span<const std::string> texts;
  std::string colored_by;
  std::int64_t available = 0;  ///< rows of which x are those that are drawn; 0: those are chosen here
  const solvers::Moments* all = nullptr;  ///< sums of all that are available, or null
};

/// Give the rows that are drawn: all, or so many at random, in their order.
std::vector<std::int64_t> drawn_rows(std::int64_t available, std::int64_t most, std::uint64_t seed);

/// Draw rows, with their trustworthiness over 10 neighbours where there are rows enough. Tokens without
/// labels are coloured by position. Errors: as the projection says.
result::Picture draw_picture(const PictureRows& rows, const PictureSpec& spec, const RunContext& context);

}  // namespace sonde::study
