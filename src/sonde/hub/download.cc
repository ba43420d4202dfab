#include "sonde/hub/download.h"

#include <fmt/core.h>

#include <charconv>
#include <thread>

#include "sonde/core/error.h"
#include "sonde/files/message_text_internal.h"
#include "sonde/hub/partial_blob.h"

namespace sonde::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLockSlice{100};

// Where a 206 starts, out of "bytes FIRST-LAST/SIZE".
std::int64_t range_start(const Response& response) {
  const std::string text = response.header("content-range");
  constexpr std::string_view kUnit = "bytes ";
  std::int64_t first = -1;
  if (text.starts_with(kUnit)) std::from_chars(text.data() + kUnit.size(), text.data() + text.size(), first);
  return first;
}

// Puts the body of an answer behind what is there already.
class BlobReceiver : public Receiver {
 public:
  BlobReceiver(PartialBlob& partial, std::int64_t size, std::string where, const RunContext& context)
      : partial_(partial), size_(size), where_(std::move(where)), context_(context) {}

  void begin(const Response& response) override {
    wanted_ = response.ok();
    skipped_ = 0;
    if (!wanted_) return;
    const std::string encoding = response.header("content-encoding");
    if (!encoding.empty() && encoding != "identity")
      refuse("the body is packed", files::shown(encoding), "no packing");
    // A server may ignore the range, and then sends everything.
    if (response.status == 200 && partial_.length() > 0) restart();
    if (response.status == 206 && range_start(response) != partial_.length())
      refuse("the body starts elsewhere", files::shown(response.header("content-range")),
             "the range asked for");
    const auto announced = response.size_header("content-length");
    if (announced && *announced != size_ - partial_.length())
      refuse("the body has another length than the file", fmt::format("{} bytes", *announced),
             fmt::format("{}", size_ - partial_.length()));
  }

  void receive(std::span<const std::byte> bytes) override {
    if (!wanted_) {
      skipped_ += static_cast<std::int64_t>(bytes.size());
      if (skipped_ > kMostSkipped) throw TransferFailure(FailureKind::cut, "a refusal with an endless body");
      return;
    }
    if (partial_.length() + static_cast<std::int64_t>(bytes.size()) > size_)
      refuse("the hub sends more than it announced", fmt::format("more than {} bytes", size_), "as many");
    partial_.append(bytes);
    received_ += static_cast<std::int64_t>(bytes.size());
    context_.advance(static_cast<std::int64_t>(bytes.size()));
  }

  /// Count the bytes taken from all answers.
  std::int64_t received() const { return received_; }

 private:
  static constexpr std::int64_t kMostSkipped = 1 << 20;

  void restart() {
    context_.advance(-partial_.length());
    partial_.restart();
  }

  // Bytes that are not the file's must not be gone on from.
  [[noreturn]] void refuse(const char* what, const std::string& got, const std::string& expected) {
    restart();
    throw Error(ErrorCode::network,
                {.where = where_,
                 .what = what,
                 .got = got,
                 .expected = expected,
                 .hint = "run it again; if it stays so, a proxy changes what it passes on"});
  }

  PartialBlob& partial_;
  std::int64_t size_;
  std::string where_;
  const RunContext& context_;
  bool wanted_ = false;
  std::int64_t received_ = 0;
  std::int64_t skipped_ = 0;
};

class BlobDownload {
 public:
  BlobDownload(Client& client, const RepositoryCache& cache, const Download& download)
      : client_(client),
        download_(download),
        where_(fmt::format("{}/{}", download.repository.id, download.name)),
        partial_(cache.blobs(), download.metadata.etag, download.metadata.size),
        receiver_(partial_, download.metadata.size, where_, client.context()) {}

  std::int64_t run() {
    client_.context().advance(partial_.adopt_leftover());
    const bool adopted = partial_.length() > 0;
    fill();
    if (!partial_.verify()) {
      discard();
      // The leftover may have been at fault; what came now is not tried twice.
      if (!adopted) refuse_digest();
      fill();
      if (!partial_.verify()) {
        discard();
        refuse_digest();
      }
    }
    partial_.commit();
    return receiver_.received();
  }

 private:
  // Ask until all bytes are there.
  void fill() {
    Attempts attempts(client_.settings().policy, client_.context());
    while (!partial_.complete()) {
      const std::int64_t before = partial_.length();
      std::optional<Response> refusal;
      std::optional<TransferFailure> failure;
      try {
        refusal = ask();
        if (!refusal) continue;
      } catch (const TransferFailure& caught) {
        failure = caught;
      }
      if (partial_.length() - before >= client_.settings().policy.progress_bytes) attempts.progressed();
      const bool passes =
          failure ? failure->kind() != FailureKind::cancelled : may_pass(*refusal) || refusal->status == 416;
      const auto retry_after = refusal ? refusal->retry_after : std::nullopt;
      if (passes && attempts.again(retry_after)) continue;
      if (failure) client_.refuse(*failure, where_);
      client_.refuse(*refusal, download_.repository, where_);
    }
  }

  // One attempt. Returns the answer when it was a refusal.
  std::optional<Response> ask() {
    const std::string path = download_.repository.file_path(download_.commit, download_.name);
    const Response response = client_.get_file(path, partial_.length(), receiver_);
    if (!response.ok()) {
      // The hub has nothing from there on: what was left is not of this file.
      if (response.status == 416) discard();
      return response;
    }
    if (!partial_.complete()) throw TransferFailure(FailureKind::cut, "the connection ended early");
    return std::nullopt;
  }

  void discard() {
    client_.context().advance(-partial_.length());
    partial_.restart();
  }

  [[noreturn]] void refuse_digest() const {
    throw Error(ErrorCode::network,
                {.where = where_,
                 .what = "what the hub sent is not the file: its digest differs",
                 .expected = download_.metadata.etag,
                 .hint = "run it again; if it stays so, a proxy changes what it passes on"});
  }

  Client& client_;
  const Download& download_;
  std::string where_;
  PartialBlob partial_;
  BlobReceiver receiver_;
};

bool has_blob(const RepositoryCache& cache, const FileMetadata& metadata) {
  std::error_code error;
  const fs::path blob = cache.blob(metadata.etag);
  return fs::is_regular_file(blob, error) &&
         fs::file_size(blob, error) == static_cast<std::uintmax_t>(metadata.size);
}

// A lock is only a hint, so a place where none can be made stops nobody.
void make_lock_folder(const RepositoryCache& cache, const fs::path& folder) {
  try {
    cache.make_folder(folder);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::input) throw;
  }
}

// Wait while another process seems to fetch the same blob. Not for ever: the lock is only a hint.
void wait_for_others(BlobLock& lock, Client& client, const RepositoryCache& cache,
                     const FileMetadata& metadata) {
  const std::atomic<bool>* cancel = client.context().cancel;
  std::chrono::milliseconds left = client.settings().policy.lock_patience;
  while (lock.taken() && left.count() > 0 && !has_blob(cache, metadata)) {
    if (cancel != nullptr && cancel->load())
      client.refuse(TransferFailure(FailureKind::cancelled, "stopped"), "fetch");
    std::this_thread::sleep_for(kLockSlice);
    left -= kLockSlice;
    lock.retry();
  }
}

}  // namespace

std::int64_t download_blob(Client& client, const RepositoryCache& cache, const Download& download) {
  const FileMetadata& metadata = download.metadata;
  if (!has_blob(cache, metadata)) {
    cache.make_folder(cache.blobs());
    const fs::path lock_file = cache.lock_file(metadata.etag);
    make_lock_folder(cache, lock_file.parent_path());
    BlobLock lock(lock_file);
    wait_for_others(lock, client, cache, metadata);
    if (!has_blob(cache, metadata)) {
      return BlobDownload(client, cache, download).run();
    }
  }
  client.context().advance(metadata.size);
  return 0;
}

}  // namespace sonde::hub
