#include "sonde/hub/partial_blob.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "sonde/core/error.h"

namespace sonde::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::string_view kSuffix = ".incomplete";

std::string random_digits() {
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != sizeof(random))
    random = static_cast<std::uint32_t>(::getpid());
  return fmt::format("{:08x}", random);
}

// What other attempts at this blob left, longest first. Also of hf tools that shared one `<etag>.incomplete`.
std::vector<fs::path> leftovers(const fs::path& folder, const std::string& etag, const fs::path& own) {
  std::vector<std::pair<std::uintmax_t, fs::path>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(etag + ".") || !name.ends_with(kSuffix) || entry.path() == own) continue;
    if (entry.is_regular_file(error) && !entry.is_symlink(error))
      found.emplace_back(entry.file_size(error), entry.path());
  }
  std::ranges::sort(found, std::greater());
  std::vector<fs::path> paths;
  for (const auto& [size, path] : found) paths.push_back(path);
  return paths;
}

}  // namespace

PartialBlob::PartialBlob(const fs::path& folder, const std::string& etag, std::int64_t size)
    : folder_(folder), etag_(etag), size_(size) {
  for (int attempt = 0; attempt < 100 && !file_.is_open(); ++attempt) {
    path_ = folder_ / fmt::format("{}.{}{}", etag_, random_digits(), kSuffix);
    file_ =
        files::FileHandle(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!file_.is_open() && errno != EEXIST) files::throw_write_error(errno, path_, "create");
  }
  if (!file_.is_open()) files::throw_write_error(EEXIST, path_, "create");
  // A hint to others that somebody is at it.
  ::flock(file_.get(), LOCK_EX | LOCK_NB);
  // Claims the space without changing the length, which is how far a later attempt can go on from.
  if (size > 0 && ::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, 0, size) != 0 &&
      (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
    const int reason = errno;
    ::unlink(path_.c_str());
    files::throw_write_error(reason, folder_ / etag_, "reserve space for");
  }
  start_digest();
}

PartialBlob::~PartialBlob() {
  if (!file_.is_open()) return;
  // Bytes that were claimed and never came would not be given back otherwise.
  const int given_back = ::ftruncate(file_.get(), length_);
  if (length_ == 0 || given_back != 0) ::unlink(path_.c_str());
}

void PartialBlob::start_digest() {
  length_ = 0;
  if (etag_.size() == 64) {
    digest_ = std::make_unique<files::Sha256>();
    return;
  }
  // Source: git's object format: the SHA-1 of "blob SIZE\0" and the content.
  digest_ = std::make_unique<files::Sha1>();
  digest_->update(fmt::format("blob {}", size_));
  digest_->update(std::string_view("\0", 1));
}

std::int64_t PartialBlob::adopt_leftover() {
  const std::vector<fs::path> all = leftovers(folder_, etag_, path_);
  if (all.empty()) return 0;
  const files::FileHandle other(::open(all.front().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::vector<std::byte> piece(kPiece);
  while (other.is_open() && length_ < size_) {
    const auto want = std::min<std::int64_t>(size_ - length_, static_cast<std::int64_t>(piece.size()));
    const ssize_t count = ::pread(other.get(), piece.data(), static_cast<std::size_t>(want), length_);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    append(std::span(piece).first(static_cast<std::size_t>(count)));
  }
  return length_;
}

void PartialBlob::append(std::span<const std::byte> bytes) {
  digest_->update(bytes);
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file_.get(), bytes.data(), bytes.size(), length_);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) files::throw_write_error(count < 0 ? errno : ENOSPC, folder_ / etag_, "write");
    length_ += count;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void PartialBlob::restart() {
  if (::ftruncate(file_.get(), 0) != 0) files::throw_write_error(errno, path_, "shorten");
  start_digest();
}

bool PartialBlob::verify() { return complete() && digest_->hex() == etag_; }

void PartialBlob::commit() {
  // What was claimed beyond the end is given back.
  if (::ftruncate(file_.get(), length_) != 0 || ::fsync(file_.get()) != 0)
    files::throw_write_error(errno, path_, "write");
  const fs::path target = folder_ / etag_;
  if (::rename(path_.c_str(), target.c_str()) != 0) {
    // Where locks do nothing, another process may have finished first and tidied up.
    std::error_code error;
    if (errno != ENOENT || !fs::exists(target, error))
      files::throw_write_error(errno, target, "put in place");
  }
  file_.close();
  const files::FileHandle folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) ::fsync(folder.get());
  for (const fs::path& path : leftovers(folder_, etag_, path_)) {
    const files::FileHandle other(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (other.is_open() && ::flock(other.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  }
}

BlobLock::BlobLock(const fs::path& file)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666)) {
  retry();
}

void BlobLock::retry() { held_ = file_.is_open() && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0; }

}  // namespace sonde::hub
