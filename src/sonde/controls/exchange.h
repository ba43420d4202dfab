// Which labels may stand in for which when labels are shuffled.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/random.h"

namespace sonde::controls {

/// How labels are exchanged.
enum class Exchange {
  rows,    ///< any row with any other: rows stand alone
  groups,  ///< whole groups, which hold one label each
  both,    ///< rows within their group, and whole groups with groups of the same size
};

/// Say how labels may be exchanged: what leaves the dependence of rows that belong together as it is. Rows of
/// a group share features and often labels; shuffling them singly would break both ties at once, make every
/// accident look too small and every p too low. Groups of one label exchange it with any other group; else
/// labels move within their group and, as whole lists, between groups of the same size. Each is a group of
/// permutations under which the null hypothesis does not change, so that p is exact.
/// Source: Winkler et al. 2015, "Multi-level block permutation", NeuroImage 123.
Exchange exchange_of(std::span<const std::int32_t> labels, std::span<const std::int64_t> groups);

/// Give for every row the row whose label it gets; groups [n] or empty.
std::vector<std::int64_t> exchanged_rows(std::span<const std::int32_t> labels,
                                         std::span<const std::int64_t> groups, const RandomStream& stream);

}  // namespace sonde::controls
