#include "sonde/files/mapped_file.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "sonde/core/error.h"
#include "sonde/core/shape.h"
#include "sonde/files/file_handle.h"

namespace sonde::files {

MappedFile::Identity MappedFile::identity_of(const struct ::stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  const FileHandle file = open_for_reading(path);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) throw_read_error(errno, path, "look at");
  identity_ = identity_of(status);
  if (identity_.size == 0) return;
  const auto size = narrow<std::size_t>(identity_.size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) throw_read_error(errno, path, "map");
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::verify_unchanged() const {
  struct stat status = {};
  if (::stat(path_.c_str(), &status) != 0) throw_read_error(errno, path_, "look at");
  const Identity now = identity_of(status);
  if (now == identity_) return;
  throw Error(ErrorCode::input, {.where = path_.string(),
                                 .what = "file changed while it was in use",
                                 .got = fmt::format("{} bytes", now.size),
                                 .expected = fmt::format("the {} bytes that were opened", bytes_.size()),
                                 .hint = "let whatever writes it finish, then run again",
                                 .path = path_.string()});
}

static int advice_of(Access access) {
  switch (access) {
    case Access::normal:
      return MADV_NORMAL;
    case Access::sequential:
      return MADV_SEQUENTIAL;
    case Access::random:
      return MADV_RANDOM;
    case Access::will_need:
      return MADV_WILLNEED;
    case Access::dont_need:
      return MADV_DONTNEED;
  }
  return MADV_NORMAL;
}

void MappedFile::advise(Access access, std::span<const std::byte> part) const {
  if (part.empty()) return;
  constexpr std::uintptr_t kPage = 4096;
  // dont_need must not take pages that a neighbour still uses: round inwards for it, outwards for the rest.
  auto begin = reinterpret_cast<std::uintptr_t>(part.data());
  std::uintptr_t end = begin + part.size();
  begin = (access == Access::dont_need ? begin + kPage - 1 : begin) / kPage * kPage;
  end = (access == Access::dont_need ? end : end + kPage - 1) / kPage * kPage;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, advice_of(access));
}

}  // namespace sonde::files
