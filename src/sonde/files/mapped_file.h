// A file mapped read-only into memory. Never copies and never writes.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace sonde::files {

/// How mapped bytes are about to be used; a hint to the operating system, never a change of meaning.
enum class Access { normal, sequential, random, will_need, dont_need };

/// A read-only mapping of a whole file, alive as long as this object.
class MappedFile {
 public:
  /// Map `path`; an empty file gives empty bytes.
  /// Errors: input when it is missing, not a regular file or not readable.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

  /// Check that the file on disk is still the one that was mapped. Reading mapped bytes past the end of a
  /// file that somebody shortened kills the process, so call this before a long read, and after it to trust
  /// what was read. Errors: input when the file was shortened, grown, rewritten, replaced or removed.
  void verify_unchanged() const;

  /// Advise how `part` (bytes of this mapping) will be used. Never fails.
  void advise(Access access, std::span<const std::byte> part) const;
  /// Advise how all bytes will be used.
  void advise(Access access) const { advise(access, bytes_); }

 private:
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_seconds = 0;
    std::int64_t modified_nanoseconds = 0;
    bool operator==(const Identity&) const = default;
  };
  static Identity identity_of(const struct ::stat& status);

  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
  Identity identity_;
};

}  // namespace sonde::files
