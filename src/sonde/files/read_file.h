// Reads small files whole. Refuses anything above the limit it is given.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace sonde::files {

/// Read a file of at most `limit` bytes into memory.
/// Errors: input when missing, not a regular file, larger than `limit`, or changing while it is read.
std::string read_file(const std::filesystem::path& path, std::int64_t limit);

}  // namespace sonde::files
