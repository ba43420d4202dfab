// Owns a file descriptor, and turns the operating system's refusals into Errors. Retries interrupted calls;
// never decides what to do about a refusal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace sonde::files {

/// An open file descriptor that is closed on destruction.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  ~FileHandle() { close(); }
  FileHandle(FileHandle&& other) noexcept : descriptor_(other.release()) {}
  FileHandle& operator=(FileHandle&& other) noexcept;

  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  /// Close now; closing twice is harmless.
  void close() noexcept;
  /// Give the descriptor away.
  int release() noexcept;

 private:
  int descriptor_ = -1;
};

/// Open a regular file for reading.
/// Errors: input when it is missing, a folder, a device or not readable.
FileHandle open_for_reading(const std::filesystem::path& path);

/// Give the size of an open file.
/// Units: bytes. Errors: input.
std::int64_t size_of(const FileHandle& file, const std::filesystem::path& path);

/// Fill `target` from `offset`.
/// Errors: input when the file ends before, or cannot be read.
void read_exactly(const FileHandle& file, const std::filesystem::path& path, std::int64_t offset,
                  std::span<std::byte> target);

/// Throw what a failed call that reads means, from errno's value `error_number`.
[[noreturn]] void throw_read_error(int error_number, const std::filesystem::path& path,
                                   std::string_view doing);

/// Throw what a failed call that writes means: limit for a full disk or quota, usage for a place that cannot
/// be written.
[[noreturn]] void throw_write_error(int error_number, const std::filesystem::path& path,
                                    std::string_view doing);

}  // namespace sonde::files
