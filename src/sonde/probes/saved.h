// Reads the parts of a SavedProbe with messages that name what is missing. No files are opened here.
#pragma once

#include <string_view>

#include "sonde/probes/probe.h"

namespace sonde::probes {

/// Find a tensor of a saved probe.
/// Errors: input when it is absent or its values do not fill its shape.
const NamedTensor& saved_tensor(const SavedProbe& saved, std::string_view name);

/// Begin the metadata of a saved probe: kind, options, classes, report.
nlohmann::ordered_json saved_metadata(std::string_view kind, const nlohmann::ordered_json& options,
                                      const std::vector<std::string>& classes, const FitReport& report);

/// Read the classes of a saved probe.
/// Errors: input for fewer than two.
std::vector<std::string> saved_classes(const SavedProbe& saved);

/// Read the fit report of a saved probe.
FitReport saved_report(const SavedProbe& saved);

/// Turn linear weights into the tensors `weight` and `bias`.
std::vector<NamedTensor> linear_tensors(const LinearWeights& linear);

/// Read the tensors `weight` and `bias` for k classes.
/// Errors: input when they are absent or of another shape.
LinearWeights saved_linear(const SavedProbe& saved, std::size_t classes);

}  // namespace sonde::probes
