// A blob while it is being fetched: `blobs/<etag>.<random>.incomplete`, one file per process, so that nothing
// breaks where locks do nothing. Keeps a running digest; becomes the blob only when length and digest are
// right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "sonde/files/digest.h"
#include "sonde/files/file_handle.h"

namespace sonde::hub {

/// The growing file of one blob. Without commit() what was fetched stays for a later attempt.
class PartialBlob {
 public:
  /// Start an empty file in `folder` for a blob of `size` bytes whose digest is `etag`.
  /// Errors: usage when the folder cannot be written; limit when the disk cannot hold the blob.
  PartialBlob(const std::filesystem::path& folder, const std::string& etag, std::int64_t size);
  ~PartialBlob();
  PartialBlob(const PartialBlob&) = delete;
  PartialBlob& operator=(const PartialBlob&) = delete;

  /// Take over what earlier attempts left: the longest leftover is copied, because another process may still
  /// be writing it. Returns the bytes that need not be fetched again.
  std::int64_t adopt_leftover();
  /// Append bytes. Errors: limit when the disk is full.
  void append(std::span<const std::byte> bytes);
  /// Throw away what is there and start anew.
  void restart();

  /// Count the bytes so far.
  std::int64_t length() const { return length_; }
  bool complete() const { return length_ == size_; }
  /// Tell whether the bytes are those that the etag names; call once, when complete.
  bool verify();
  /// Make the file durable and give it the blob's name, and remove leftovers of earlier attempts.
  void commit();

 private:
  void start_digest();
  std::filesystem::path folder_;
  std::string etag_;
  std::int64_t size_ = 0;
  std::int64_t length_ = 0;
  std::filesystem::path path_;
  files::FileHandle file_;
  std::unique_ptr<files::Digest> digest_;
};

/// A lock that processes hold while they fetch a blob, so that the others wait and find it. Only a hint: it
/// may fail to exclude anybody.
class BlobLock {
 public:
  /// Try once.
  explicit BlobLock(const std::filesystem::path& file);
  /// Tell whether somebody else holds it; false also where there is nothing to lock.
  bool taken() const { return file_.is_open() && !held_; }
  /// Try again.
  void retry();

 private:
  files::FileHandle file_;
  bool held_ = false;
};

}  // namespace sonde::hub
