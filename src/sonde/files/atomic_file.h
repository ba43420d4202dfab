// Writes a file that appears whole or not at all: temporary name in the same folder, write, fsync, rename,
// fsync of the folder. Never leaves its temporary file behind, short of a killed process.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "sonde/files/file_handle.h"

namespace sonde::files {

/// What to do when the target is already there.
enum class Existing {
  refuse,   ///< stop with a usage error
  replace,  ///< put the new one in its place at the end, in one step
};

/// A file being written beside its final place. Without commit() it vanishes.
class AtomicFile {
 public:
  /// Start writing `target`; its folder must exist.
  /// Errors: usage when the target exists and may not be replaced, or its folder cannot be written.
  explicit AtomicFile(const std::filesystem::path& target, Existing existing = Existing::refuse);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& target() const { return target_; }
  /// Append bytes.
  /// Errors: limit when the disk or a quota is full.
  void write(std::span<const std::byte> bytes);
  /// Append text.
  void write(std::string_view text);
  /// Write bytes at `offset`; several threads may write different places at once.
  void write_at(std::int64_t offset, std::span<const std::byte> bytes);
  /// Claim `bytes` of disk now, so that a full disk shows at once and not after the work.
  /// Errors: limit when they are not there.
  void reserve(std::int64_t bytes);
  /// Make the file durable and visible under its name.
  /// Errors: limit when the disk is full; usage when the target appeared meanwhile and may not be replaced.
  void commit();

 private:
  void discard() noexcept;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  Existing existing_;
  FileHandle file_;
  std::int64_t appended_ = 0;
};

/// Write a whole file at once through AtomicFile.
void write_file(const std::filesystem::path& target, std::string_view content,
                Existing existing = Existing::refuse);

}  // namespace sonde::files
