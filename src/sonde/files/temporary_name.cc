#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "sonde/files/file_handle.h"
#include "sonde/files/temporary_name_internal.h"

namespace sonde::files {

std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  constexpr std::size_t kLongestName = 255;  // of the usual file systems, bytes
  if (target.filename().string().size() > kLongestName) throw_write_error(ENAMETOOLONG, target, "create");
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != sizeof(random))
    random = static_cast<std::uint64_t>(::getpid());
  // 200 bytes of the name leave room for the rest.
  const std::string stem = target.filename().string().substr(0, 200);
  return target.parent_path() / fmt::format(".{}.{:016x}.partial", stem, random);
}

bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) throw_write_error(errno, to, "put in place");
  // File systems without RENAME_NOREPLACE: look first; the gap is microseconds.
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(to, error))) return false;
  if (::rename(from.c_str(), to.c_str()) != 0) throw_write_error(errno, to, "put in place");
  return true;
}

void exchange_names(const std::filesystem::path& one, const std::filesystem::path& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) throw_write_error(errno, other, "replace");
  const std::filesystem::path aside = temporary_beside(other);
  if (::rename(other.c_str(), aside.c_str()) != 0) throw_write_error(errno, other, "replace");
  if (::rename(one.c_str(), other.c_str()) != 0) {
    const int error_number = errno;
    ::rename(aside.c_str(), other.c_str());
    throw_write_error(error_number, other, "replace");
  }
  if (::rename(aside.c_str(), one.c_str()) != 0) throw_write_error(errno, one, "put aside");
}

void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some network file systems cannot sync a folder; the file itself is already durable.
  if (handle.is_open()) ::fsync(handle.get());
}

}  // namespace sonde::files
