// The checks that every projection makes at its door.
#pragma once

#include <cstdint>
#include <string_view>

#include "sonde/core/matrix.h"

namespace sonde::projections {

/// Refuse rows that cannot be drawn: fewer than `dims` + 1 of them, fewer columns than `dims`, values that
/// are not finite, all rows equal. Errors: usage for dims other than 2 and 3, else input; rows are named from
/// 0 on.
void check_rows(std::string_view kind, MatrixView x, std::int64_t dims);

}  // namespace sonde::projections
