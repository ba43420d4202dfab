// Holds out whole values of a numeric target: every distinct number goes to one part with all its rows, so
// that the test asks for numbers that no probe was trained on.
#pragma once

#include <vector>

#include "sonde/data/split.h"

namespace sonde::data {

/// Give the part of every row. The distinct targets, ascending, draw one uniform number each: below
/// 1 - valid - test they are for training, below 1 - test for validation, else for the test. Streams: `torch`
/// (rand, compared as torch compares floats), `numpy_legacy` (rand), `numpy` (random), `python` (random),
/// `sonde`. Errors: usage without targets or for another stream; input when a part that is asked for gets no
/// value.
std::vector<Part> parts_by_value(const SplitInput& input, const SplitOptions& options);

}  // namespace sonde::data
