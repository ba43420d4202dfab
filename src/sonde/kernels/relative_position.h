// Which row of a relative-position table a distance between two tokens takes. Holds no table.
#pragma once

#include <cstdint>

namespace sonde::kernels {

/// How the signed distances between tokens share the rows of a table.
struct RelativeRows {
  std::int64_t span = 1;      ///< half the rows of the table; distance 0 takes row `span`
  std::int64_t buckets = 0;   ///< distances from buckets/2 on share rows on a logarithmic scale; 0: none does
  std::int64_t farthest = 0;  ///< one more than the distance that meets the last bucket
};

/// Give the row of a distance, query position less key position, clamped to the table.
/// Shapes: 0 to 2·span−1.
/// Source: He et al. 2021, "DeBERTa", eq. 3; logarithmic buckets as transformers 5.23's
/// make_log_bucket_position rounds them, in single precision.
std::int64_t relative_row(const RelativeRows& rows, std::int64_t distance);

}  // namespace sonde::kernels
