// The checks that every probe makes at its door, so that a leaf begins with sound input.
#pragma once

#include <string_view>

#include "sonde/probes/probe.h"

namespace sonde::probes {

/// Refuse training input that cannot be fitted: no rows, fewer than two classes, a class without a row.
/// Errors: input, naming the class; internal for labels that disagree with the rows.
void check_training(std::string_view kind, const LabelledInput& train);

/// Refuse more than two classes, for a probe that tells only two apart. Errors: input.
void check_two_classes(std::string_view kind, const LabelledInput& train);

/// Refuse numbers that cannot be fitted: no rows, a target that is not finite (first rows named).
/// Errors: input; internal for targets that disagree with the rows.
void check_targets(std::string_view kind, const LabelledInput& train);

/// Refuse features that are not [rows, width] finite numbers; `width` < 0 accepts any. For a contrast set the
/// width is that of one prompt.
/// Errors: input, naming the first rows concerned (0-based within the part).
void check_features(std::string_view kind, const ProbeInput& input, std::int64_t width);

}  // namespace sonde::probes
