// One commit of one repository, in the cache or on the hub: what it holds, and its files as paths on this
// machine. Fetches what is asked for and nothing else.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/hub/cache.h"
#include "sonde/hub/client.h"
#include "sonde/hub/repository.h"
#include "sonde/hub/settings.h"

namespace sonde::hub {

/// A file of a snapshot.
struct SnapshotFile {
  std::string name;            ///< in the repository
  std::filesystem::path path;  ///< on this machine
  std::int64_t bytes = 0;
  std::int64_t fetched = 0;  ///< bytes that came from the hub now; 0 when it was there already
};

/// An open snapshot. The context must outlive it.
class Snapshot {
 public:
  /// Find out which commit the revision is and what it holds. Offline, or when the hub cannot be reached, the
  /// cache answers.
  /// Errors: network when the hub refuses, or when the cache must answer and cannot; input for malformed
  /// replies and an unsafe cache.
  Snapshot(const Repository& repository, const Settings& settings, const RunContext& context);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const Repository& repository() const { return repository_; }
  const std::string& commit() const { return commit_; }
  std::filesystem::path folder() const { return cache_.snapshot(commit_); }
  /// List the names of its files in order. They are as the hub sent them: unsafe ones are refused by
  /// obtain(). `complete()` tells whether they are all the commit has.
  const std::vector<std::string>& names() const { return names_; }
  bool complete() const { return complete_; }
  /// Phrase a hint that names the safe names nearest to one.
  std::string near(const std::string& name) const;
  /// Say why the cache answered although the hub was asked; empty when it did not.
  const std::string& note() const { return note_; }

  /// Give files, fetching those that are not in the cache, and remember which commit the revision is.
  /// Errors: network as for Client; input for a name that is unsafe or a link that leaves the cache; limit on
  /// a full disk.
  std::vector<SnapshotFile> obtain(std::span<const std::string> names);

 private:
  void ask_hub();
  void ask_cache(const std::string& why);
  void take(Listing listing);
  const ListedFile* listed(const std::string& name) const;
  std::optional<SnapshotFile> cached(const std::string& name) const;
  SnapshotFile fetch(const std::string& name, const FileMetadata& metadata);
  [[noreturn]] void refuse_missing(const std::string& name) const;
  [[noreturn]] void refuse_absent(const std::string& name) const;

  Repository repository_;
  const Settings settings_;
  const RunContext& context_;
  RepositoryCache cache_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Client> client_;  ///< null when only the cache answers
  std::string commit_;
  Listing listing_;
  std::vector<std::string> names_;
  bool complete_ = false;
  std::string note_;
  std::string why_not_hub_;
};

}  // namespace sonde::hub
