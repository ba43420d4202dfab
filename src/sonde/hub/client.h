// Talks to one hub: follows redirects without taking the token along, tries again what may pass, and turns
// every refusal into an Error that says what to do. Writes no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/run_context.h"
#include "sonde/hub/repository.h"
#include "sonde/hub/settings.h"
#include "sonde/hub/transport.h"

namespace sonde::hub {

/// The hub could not be reached at all, so that a cache may stand in for it.
class Unreachable : public Error {
 public:
  using Error::Error;
};

/// One file as a repository lists it. The name is as the hub sent it and may be unsafe.
struct ListedFile {
  std::string name;
  std::int64_t size = -1;  ///< bytes; -1 when the hub does not say
  std::string blob;        ///< SHA-1 of the git blob; empty when the hub does not say
  std::string sha256;      ///< of a file in large-file storage, else empty
};

/// What a repository holds at a commit.
struct Listing {
  std::string commit;
  std::vector<ListedFile> files;  ///< in order of name
};

/// What is known of a file before it is fetched.
struct FileMetadata {
  std::string etag;       ///< 64 hexadecimal digits: SHA-256; 40: SHA-1 of the git blob
  std::int64_t size = 0;  ///< bytes
};

/// Counts failures of one job and waits between attempts.
class Attempts {
 public:
  Attempts(const TransferPolicy& policy, const RunContext& context) : policy_(policy), context_(context) {}
  /// Note a failure and wait. Returns false, without waiting, when it is time to give up.
  /// Errors: partial when cancelled meanwhile.
  bool again(std::optional<std::chrono::seconds> retry_after);
  /// Note that the last attempt brought something, so that the count starts anew.
  void progressed() { failures_ = 0; }

 private:
  void wait(std::chrono::milliseconds delay) const;

  const TransferPolicy& policy_;
  const RunContext& context_;
  int failures_ = 0;
};

/// A hub as the settings name it. All must outlive it.
class Client {
 public:
  Client(const Settings& settings, Transport& transport, const RunContext& context)
      : settings_(settings), transport_(transport), context_(context) {}

  /// Ask for commit and files of a repository.
  /// Errors: network when the hub refuses (repository, revision, access) or fails; Unreachable when there is
  /// no connection; input for a reply that is malformed or names no commit.
  Listing listing(const Repository& repository);

  /// Ask for size and digest of a file.
  /// Errors: as listing(); input when the reply is of another commit or names no digest.
  FileMetadata metadata(const Repository& repository, const std::string& commit, const std::string& name);

  /// Ask once for a file's bytes from `first` on, following redirects; nothing is tried again.
  /// Errors: TransferFailure on the way; network for a redirect that must not be followed.
  Response get_file(const std::string& path, std::int64_t first, Receiver& receiver);

  /// Throw what a final answer means. `what` is the repository or file asked for.
  [[noreturn]] void refuse(const Response& response, const Repository& repository,
                           const std::string& what) const;
  /// Throw what a failed exchange means.
  [[noreturn]] void refuse(const TransferFailure& failure, const std::string& what) const;

  const Settings& settings() const { return settings_; }
  const RunContext& context() const { return context_; }

 private:
  Response follow(Request request, Receiver& receiver);
  Response ask(const Request& request, Receiver& receiver, const std::string& what);

  const Settings& settings_;
  Transport& transport_;
  const RunContext& context_;
};

/// Tell whether an answer may be another one in a moment: too many requests, or trouble of the server's own.
bool may_pass(const Response& response);

}  // namespace sonde::hub
