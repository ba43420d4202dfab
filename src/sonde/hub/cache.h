// The folder of one repository in the cache that the Hugging Face tools share:
//
//   models--owner--name/refs/main                     the commit a branch or tag stood for, 40 digits
//   models--owner--name/blobs/<digest>                contents
//   models--owner--name/snapshots/<commit>/<file>     relative links to blobs
//   models--owner--name/trees/<commit>.json           what the repository holds at a commit
//
// Follows no link out of the cache and trusts no name that it reads there.
// Source: huggingface_hub 2.4, file_download.py and _tree_cache.py (format version 1).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sonde/hub/client.h"
#include "sonde/hub/repository.h"

namespace sonde::hub {

/// The cached files of one repository. Every member reads or changes the disk.
class RepositoryCache {
 public:
  RepositoryCache(const std::filesystem::path& root, const Repository& repository);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path blobs() const { return folder_ / "blobs"; }
  std::filesystem::path blob(const std::string& etag) const { return blobs() / etag; }
  std::filesystem::path snapshot(const std::string& commit) const { return folder_ / "snapshots" / commit; }
  /// Give the file that processes lock while they fetch a blob; where a lock does nothing, nothing breaks.
  std::filesystem::path lock_file(const std::string& etag) const;

  /// Give the commit that a branch or tag last stood for; a commit stands for itself.
  /// Errors: input when the ref holds anything but a commit, or lies outside the cache.
  std::optional<std::string> commit_of(const std::string& revision) const;
  /// Remember what a branch or tag stands for; a cache that cannot be written stays as it is.
  void remember(const std::string& revision, const std::string& commit) const;

  /// Find a file of a snapshot. Errors: input when its link leaves the cache.
  std::optional<std::filesystem::path> find(const std::string& commit, const std::string& name) const;
  /// Link a blob into a snapshot and give the link. Errors: input when a folder on the way leaves the cache;
  /// usage and limit as files::throw_write_error().
  std::filesystem::path link(const std::string& commit, const std::string& name,
                             const std::string& etag) const;
  /// List the files that a snapshot has, in order of name.
  std::vector<std::string> cached_names(const std::string& commit) const;

  /// Give the file list of a commit, if a hub once gave it. A file that cannot be read counts as absent.
  std::optional<Listing> read_listing(const std::string& commit) const;
  /// Keep a file list, if it is complete and every name in it is safe.
  void keep_listing(const Listing& listing) const;

  /// Make a folder of the repository, and check that it does not lie outside the cache.
  void make_folder(const std::filesystem::path& folder) const;

 private:
  bool is_inside(const std::filesystem::path& path) const;
  void require_inside(const std::filesystem::path& path) const;

  std::filesystem::path root_;
  std::filesystem::path folder_;
};

}  // namespace sonde::hub
