// SHA-256 digests of files and bytes, for provenance. No other digest.
#pragma once

#include <string>
#include <string_view>

namespace sonde::tables {

/// Give the SHA-256 of a file's content as 64 lower-case hexadecimal digits.
/// Errors: input when the file cannot be read.
std::string sha256_file(const std::string& path);

/// Give the SHA-256 of bytes as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace sonde::tables
