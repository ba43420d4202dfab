#include "sonde/files/file_handle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "sonde/core/error.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = other.release();
  }
  return *this;
}

void FileHandle::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

int FileHandle::release() noexcept { return std::exchange(descriptor_, -1); }

void throw_read_error(int error_number, const std::filesystem::path& path, std::string_view doing) {
  const bool starved = error_number == EMFILE || error_number == ENFILE || error_number == ENOMEM;
  throw Error(starved ? ErrorCode::limit : ErrorCode::input,
              {.where = path.string(),
               .what = fmt::format("cannot {}: {}", doing, std::strerror(error_number)),
               .hint = error_number == EACCES ? "check its permissions" : "",
               .path = path.string()});
}

void throw_write_error(int error_number, const std::filesystem::path& path, std::string_view doing) {
  const bool place = error_number == EACCES || error_number == EPERM || error_number == ENOENT ||
                     error_number == ENOTDIR || error_number == EROFS || error_number == ENAMETOOLONG ||
                     error_number == EISDIR || error_number == EEXIST || error_number == ELOOP;
  const bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  throw Error(place ? ErrorCode::usage : ErrorCode::limit,
              {.where = path.string(),
               .what = fmt::format("cannot {}: {}", doing, std::strerror(error_number)),
               .hint = full    ? "free space or choose another place; nothing was left behind"
                       : place ? "choose a place that exists and can be written"
                               : "",
               .path = path.string()});
}

FileHandle open_for_reading(const std::filesystem::path& path) {
  // Non-blocking, so that a named pipe cannot hang the open; it has no effect on regular files.
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) throw_read_error(errno, path, "open");
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) throw_read_error(errno, path, "look at");
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::input, {.where = path.string(),
                                   .what = "not a regular file",
                                   .got = S_ISDIR(status.st_mode) ? "a folder" : "a device, pipe or socket",
                                   .expected = "a file",
                                   .path = path.string()});
  }
  return file;
}

std::int64_t size_of(const FileHandle& file, const std::filesystem::path& path) {
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) throw_read_error(errno, path, "look at");
  return status.st_size;
}

void read_exactly(const FileHandle& file, const std::filesystem::path& path, std::int64_t offset,
                  std::span<std::byte> target) {
  while (!target.empty()) {
    const ssize_t count = ::pread(file.get(), target.data(), target.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_read_error(errno, path, "read");
    if (count == 0) {
      throw Error(ErrorCode::input, {.where = path.string(),
                                     .what = "file ended while it was read",
                                     .got = fmt::format("{} bytes", offset),
                                     .expected = fmt::format("at least {}", offset + target.size()),
                                     .path = path.string(),
                                     .offset = offset});
    }
    offset += count;
    target = target.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace sonde::files
