// What tells several probes of one kind from each other within a study.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sonde/result/result.h"

namespace sonde::study {

/// Give for each probe the options in which the study's probes of its kind differ, as a command line would
/// set them: "basis=binary", "held=0.5,patience=10"; empty where nothing differs.
std::vector<std::string> probe_variants(std::span<const result::ProbeSpec> probes);

}  // namespace sonde::study
