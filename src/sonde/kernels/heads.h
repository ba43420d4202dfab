// Columns of heads that lie side by side, as products of query, key and value in one leave them.
#pragma once

#include <cstdint>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// Which numbers of each head are meant.
struct HeadPart {
  std::int64_t stride = 1;  ///< columns from head to head
  std::int64_t first = 0;   ///< the part's first column in its head
  std::int64_t width = 1;   ///< e, columns of the part
};

/// Copy one part of every head. Shapes: x [t, h·stride]; y [t, h·width], not x.
void take_heads(MatrixView x, const HeadPart& part, MutableMatrixView y);

}  // namespace sonde::kernels
