#include "sonde/files/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "sonde/core/error.h"
#include "sonde/core/shape.h"
#include "sonde/files/temporary_name_internal.h"

namespace sonde::files {

[[noreturn]] static void refuse_existing(const std::filesystem::path& target) {
  throw Error(ErrorCode::usage, {.where = target.string(),
                                 .what = "already exists",
                                 .hint = "add --force to replace it, or choose another name",
                                 .path = target.string()});
}

AtomicFile::AtomicFile(const std::filesystem::path& target, Existing existing)
    : target_(target), existing_(existing) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::symlink_status(target_, error);
  if (std::filesystem::is_directory(status)) throw_write_error(EISDIR, target_, "write");
  if (existing_ == Existing::refuse && std::filesystem::exists(status)) refuse_existing(target_);
  for (int attempt = 0; attempt < 100 && !file_.is_open(); ++attempt) {
    temporary_ = temporary_beside(target_);
    file_ = FileHandle(::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!file_.is_open() && errno != EEXIST) throw_write_error(errno, target_, "create");
  }
  if (!file_.is_open()) throw_write_error(EEXIST, target_, "create");
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  if (!file_.is_open()) return;
  file_.close();
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_at(appended_, bytes);
  appended_ += narrow<std::int64_t>(bytes.size());
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::write_at(std::int64_t offset, std::span<const std::byte> bytes) {
  SONDE_ASSERT(file_.is_open());
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file_.get(), bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    // A write that takes nothing and names no reason means that no more space can be had.
    if (count <= 0) throw_write_error(count < 0 ? errno : ENOSPC, target_, "write");
    offset += count;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::reserve(std::int64_t bytes) {
  SONDE_ASSERT(file_.is_open());
  if (bytes <= 0) return;
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(file_.get(), 0, bytes);
  // Some file systems cannot claim space ahead; then a full disk shows at the write.
  if (error != 0 && error != EOPNOTSUPP && error != EINVAL)
    throw_write_error(error, target_, "reserve space for");
}

void AtomicFile::commit() {
  SONDE_ASSERT(file_.is_open());
  if (::fsync(file_.get()) != 0) throw_write_error(errno, target_, "write");
  if (existing_ == Existing::refuse) {
    if (!rename_to_new(temporary_, target_)) refuse_existing(target_);
  } else if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw_write_error(errno, target_, "put in place");
  }
  file_.close();
  sync_folder_of(target_);
}

void write_file(const std::filesystem::path& target, std::string_view content, Existing existing) {
  AtomicFile file(target, existing);
  file.write(content);
  file.commit();
}

}  // namespace sonde::files
