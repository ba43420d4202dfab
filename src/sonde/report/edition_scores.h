// A recipe's other edition beside the results of this one.
#pragma once

#include <vector>

#include "sonde/result/result.h"

namespace sonde::report {

/// Give for each result the other edition's score of the same probe at the same address, or null. Probes of
/// one kind at one address are set beside each other in their order: editions differ in their options.
/// Shapes: [results].
std::vector<const result::EditionScore*> scores_beside(const result::Result& result);

}  // namespace sonde::report
