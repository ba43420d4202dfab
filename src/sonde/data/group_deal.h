// Dealing whole groups out to parts so that every part comes as close as it can to its share of each class.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/random.h"

namespace sonde::data {

/// The rows to deal out; labels may be empty, then all rows count alike.
struct GroupedRows {
  std::span<const std::int64_t> groups;  ///< [n]
  std::span<const std::int32_t> labels;  ///< [n] or empty
  std::int64_t classes = 0;
};

/// Give the part of every row: groups go out one by one, large ones first and equal ones in random order,
/// each to the part where it brings the class counts closest to what `shares` (fractions of all rows) ask
/// for. Errors: input when there are fewer groups than parts with a share.
std::vector<std::size_t> deal_groups(const GroupedRows& rows, std::span<const double> shares,
                                     const RandomStream& stream);

}  // namespace sonde::data
