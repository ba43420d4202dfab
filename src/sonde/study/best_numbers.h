// How the chosen probe of numbers behaves on test: predicted against true, and where it is farthest off.
#pragma once

#include "sonde/study/best_probe.h"

namespace sonde::study {

/// Describe predicted numbers on test.
result::BestNumbers describe_numbers(const BestInputs& inputs);

}  // namespace sonde::study
