// The bytes that a parser works on, with what its messages need: the path, and where in the file they start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "sonde/core/error.h"
#include "sonde/files/budget.h"

namespace sonde::files {

/// A file, or a part of it, under its limits.
struct ParsedBytes {
  std::span<const std::byte> bytes;
  const std::filesystem::path& path;
  const Budget& budget;
  std::int64_t base = 0;  ///< where `bytes` starts in the file
  std::string part;       ///< name of the part, empty for the whole file

  /// Give a part of these bytes under a name of its own.
  ParsedBytes within(std::span<const std::byte> piece, std::string name) const {
    return {piece, path, budget, base + (piece.data() - bytes.data()), std::move(name)};
  }

  std::int64_t size() const { return static_cast<std::int64_t>(bytes.size()); }

  /// Throw Error{input} at `offset` of these bytes.
  [[noreturn]] void refuse(std::int64_t offset, ErrorParts parts) const;
};

/// Read an unsigned little-endian number of `count` bytes, at most 8. The bytes must be there.
std::uint64_t little_endian(std::span<const std::byte> bytes, std::int64_t offset, int count);

}  // namespace sonde::files
