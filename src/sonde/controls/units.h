// What may be exchanged, drawn or left out: single rows, or whole groups where rows of a group belong
// together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/random.h"

namespace sonde::controls {

/// Rows in units: every row its own, or every group one.
class Units {
 public:
  /// `groups` [rows], any ids; empty: every row is a unit. Units stand in order of their first row.
  Units(std::int64_t rows, std::span<const std::int64_t> groups);

  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()); }
  std::int64_t row_count() const { return row_count_; }
  /// Give the rows of a unit, ascending.
  std::span<const std::int64_t> rows(std::int64_t unit) const { return rows_[unit]; }

  /// Give the rows of all units in a random order of units.
  std::vector<std::int64_t> shuffled(const RandomStream& stream) const;
  /// Give the rows of a random order of units, as few whole units as hold `least` rows, then whatever further
  /// unit in that order is the first with a class that is missing. With one stream, a larger `least` gives
  /// the same rows and more.
  /// Shapes: labels [rows], or empty where there are no classes to keep.
  std::vector<std::int64_t> subset(std::int64_t least, std::span<const std::int32_t> labels, int classes,
                                   const RandomStream& stream) const;
  /// Draw as many units as there are with replacement. A class that is lost comes back with its first row, so
  /// that the probe can be fitted. Shapes: labels [rows], or empty where there are no classes to keep.
  std::vector<std::int64_t> resample(std::span<const std::int32_t> labels, int classes,
                                     const RandomStream& stream) const;
  /// Draw as many units as there are with replacement, as multiplicities of rows.
  std::vector<std::uint32_t> weights(const RandomStream& stream) const;

 private:
  std::int64_t row_count_ = 0;
  std::vector<std::vector<std::int64_t>> rows_;
};

}  // namespace sonde::controls
