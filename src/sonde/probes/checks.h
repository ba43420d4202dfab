// The checks that every probe makes at its door, so that a leaf begins with sound input.
#pragma once

#include <string_view>

#include "sonde/probes/probe.h"

namespace sonde::probes {

/// Refuse training input that cannot be fitted: no rows, fewer than two classes, a class without a row.
/// Errors: input, naming the class; internal for labels that disagree with the rows.
void check_training(std::string_view kind, const LabelledInput& train);

/// Refuse features that are not [rows, width] finite numbers; `width` < 0 accepts any.
/// Errors: input, naming the first rows concerned (0-based within the part).
void check_features(std::string_view kind, const ProbeInput& input, std::int64_t width);

}  // namespace sonde::probes
