// How probes read the prompts of a contrast set: as the difference of two, or all side by side in one row.
#pragma once

#include <cstdint>
#include <string_view>

#include "sonde/core/matrix.h"

namespace sonde::fitting {

/// The words for it, besides none: then probes of contrast sets read all prompts.
inline constexpr std::string_view kDifference = "difference", kConcatenation = "concatenation";

/// Refuse an unknown word. Errors: usage, with the nearest.
void check_read(std::string_view read);

/// View the rows of prompts, one after the other, as one row per example. Shapes: [n · prompts, d] to [n,
/// prompts · d], contiguous.
MatrixView side_by_side(MatrixView rows, std::int64_t prompts);

/// Give the rows of prompts as a probe reads them: a difference, or all in one row.
/// Shapes: [n · prompts, d] to [n, d] or [n, prompts · d].
Matrix read_prompts(MatrixView rows, std::int64_t prompts, std::string_view read);

/// Give the difference of the prompts of a contrast set of two. Shapes: [n, 2 · d] to [n, d].
/// Errors: input for another number of prompts.
Matrix prompt_difference(MatrixView rows, std::int64_t prompts);

}  // namespace sonde::fitting
