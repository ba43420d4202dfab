// Attention terms that depend on the distance between two tokens: a projected relative table, laid out by
// distance and packed once, and the memory that adding its terms needs. Knows no rule that says which row a
// distance takes.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/kernels/aligned.h"

namespace sonde::kernels {

/// In which order a packed table holds the distances.
enum class DistanceOrder {
  falling,  ///< for terms q·table: along the keys of one query the distance falls
  rising,   ///< for terms k·table: along the queries of one key the distance rises
};

/// What a table is packed for.
struct DistanceShape {
  std::int64_t heads = 1;       ///< h
  std::int64_t head_width = 1;  ///< e
  std::int64_t tokens = 1;      ///< longest text
  DistanceOrder order = DistanceOrder::falling;
};

/// A projected relative table by distance, packed for the micro-kernel, one part a head.
class DistanceTable {
 public:
  /// Pack `projected` [rows, h·e]; `row_of` [2·tokens − 1] gives the row of each distance from 1 − tokens on.
  /// Cost: 2·tokens·h·e floats of memory, however few rows the distances share.
  DistanceTable(MatrixView projected, std::span<const std::int64_t> row_of, const DistanceShape& shape);

  const DistanceShape& shape() const { return shape_; }
  /// Give a head's panels: [columns/panel width][e][panel width], a column for each distance.
  const float* head(std::int64_t head) const { return panels_.data() + head * head_floats_; }
  std::int64_t bytes() const { return panels_.size() * static_cast<std::int64_t>(sizeof(float)); }

 private:
  DistanceShape shape_;
  std::int64_t head_floats_ = 0;
  AlignedFloats panels_;
};

/// The memory one worker needs to add distance terms, kept between calls.
class DistanceScratch {
 public:
  /// Make room for sequences of up to `tokens` tokens.
  explicit DistanceScratch(std::int64_t tokens);
  float* band() { return memory_.data(); }
  float* tile() { return memory_.data() + tile_at_; }

 private:
  std::int64_t tile_at_;
  AlignedFloats memory_;
};

/// The distance terms of an attention; a null table adds nothing.
struct DistanceTerms {
  const DistanceTable* keys = nullptr;     ///< falling; a score gains q·keys[distance]
  const DistanceTable* queries = nullptr;  ///< rising; a score gains k·queries[distance]
  DistanceScratch* scratch = nullptr;
};

}  // namespace sonde::kernels
