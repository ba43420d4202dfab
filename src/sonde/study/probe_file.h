// Saved probes as safetensors files: tensors, and metadata whose values are text or JSON.
#pragma once

#include <filesystem>

#include "sonde/probes/probe.h"

namespace sonde::study {

/// Write a saved probe. Errors: as files::write_safetensors.
void write_probe(const std::filesystem::path& path, const probes::SavedProbe& probe);

/// Read a saved probe. Errors: input when the file is missing or malformed.
probes::SavedProbe read_probe(const std::filesystem::path& path);

}  // namespace sonde::study
