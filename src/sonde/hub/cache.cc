#include "sonde/hub/cache.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "sonde/core/error.h"
#include "sonde/files/atomic_file.h"
#include "sonde/files/folder_name.h"
#include "sonde/files/read_file.h"
#include "sonde/hub/json_fields_internal.h"

namespace sonde::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRefBytes = 4096;
constexpr std::int64_t kListingBytes = std::int64_t{256} << 20;
constexpr int kListingVersion = 1;

bool is_complete(const ListedFile& file) {
  return file.size >= 0 && !file.blob.empty() && files::is_plain_path(file.name);
}

}  // namespace

RepositoryCache::RepositoryCache(const fs::path& root, const Repository& repository)
    : root_(root), folder_(root / repository.folder_name()) {}

fs::path RepositoryCache::lock_file(const std::string& etag) const {
  return root_ / ".locks" / folder_.filename() / (etag + ".lock");
}

bool RepositoryCache::is_inside(const fs::path& path) const {
  std::error_code error;
  const fs::path root = fs::weakly_canonical(root_, error), real = fs::weakly_canonical(path, error);
  return !error && std::ranges::mismatch(root, real).in1 == root.end();
}

void RepositoryCache::require_inside(const fs::path& path) const {
  if (is_inside(path)) return;
  throw Error(ErrorCode::input, {.where = path.string(),
                                 .what = "a link leaves the cache",
                                 .expected = fmt::format("a place below {}", root_.string()),
                                 .hint = "remove the link, or name another cache with HF_HUB_CACHE",
                                 .path = path.string()});
}

void RepositoryCache::make_folder(const fs::path& folder) const {
  require_inside(folder);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) files::throw_write_error(error.value(), folder, "make the folder");
  require_inside(folder);
}

std::optional<std::string> RepositoryCache::commit_of(const std::string& revision) const {
  if (is_commit(revision)) return revision;
  const fs::path ref = folder_ / "refs" / revision;
  std::error_code error;
  if (!fs::is_regular_file(ref, error)) return std::nullopt;
  require_inside(ref);
  std::string commit = files::read_file(ref, kRefBytes);
  while (commit.ends_with('\n')) commit.pop_back();
  if (is_commit(commit)) return commit;
  throw Error(ErrorCode::input, {.where = ref.string(),
                                 .what = "the cache's note of a revision holds no commit",
                                 .expected = "40 hexadecimal digits",
                                 .hint = "remove the file",
                                 .path = ref.string()});
}

void RepositoryCache::remember(const std::string& revision, const std::string& commit) const {
  if (revision == commit) return;
  const fs::path ref = folder_ / "refs" / revision;
  try {
    if (commit_of(revision) == commit) return;
  } catch (const Error&) {
    // A note that cannot be read is written anew.
  }
  try {
    make_folder(ref.parent_path());
    files::write_file(ref, commit, files::Existing::replace);
  } catch (const Error& error) {
    // A full cache on a read-only disk serves as well.
    if (error.code() != ErrorCode::usage) throw;
  }
}

std::optional<fs::path> RepositoryCache::find(const std::string& commit, const std::string& name) const {
  const fs::path path = snapshot(commit) / name;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  require_inside(path);
  return path;
}

fs::path RepositoryCache::link(const std::string& commit, const std::string& name,
                               const std::string& etag) const {
  const fs::path path = snapshot(commit) / name;
  make_folder(path.parent_path());
  const fs::path target = blob(etag).lexically_relative(path.parent_path());
  std::error_code error;
  if (fs::is_symlink(path, error) && fs::read_symlink(path, error) == target) return path;
  // Linked under another name and renamed, so that no reader finds nothing in between.
  const fs::path fresh = path.parent_path() / fmt::format(".{}.{}.link", etag, ::getpid());
  ::unlink(fresh.c_str());
  if (::symlink(target.c_str(), fresh.c_str()) != 0) files::throw_write_error(errno, path, "link");
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(fresh.c_str());
    files::throw_write_error(reason, path, "link");
  }
  return path;
}

std::vector<std::string> RepositoryCache::cached_names(const std::string& commit) const {
  std::vector<std::string> names;
  const fs::path folder = snapshot(commit);
  std::error_code error;
  if (!fs::is_directory(folder, error)) return names;
  require_inside(folder);
  for (auto entry = fs::recursive_directory_iterator(folder, error); entry != fs::end(entry);
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    if (entry->is_regular_file(error) && files::is_plain_path(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<Listing> RepositoryCache::read_listing(const std::string& commit) const {
  const fs::path path = folder_ / "trees" / (commit + ".json");
  std::error_code error;
  if (!fs::is_regular_file(path, error) || !is_inside(path)) return std::nullopt;
  const nlohmann::json json =
      nlohmann::json::parse(files::read_file(path, kListingBytes), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || size_of(json, "format_version") != kListingVersion || !json.contains("files") ||
      !json["files"].is_object())
    return std::nullopt;
  Listing listing{.commit = commit};
  for (const auto& [name, entry] : json["files"].items()) {
    if (!entry.is_object() || !files::is_plain_path(name)) return std::nullopt;
    const std::int64_t large = size_of(entry, "lfs_size");
    listing.files.push_back({.name = name,
                             .size = large >= 0 ? large : size_of(entry, "size"),
                             .blob = text_of(entry, "blob_id"),
                             .sha256 = text_of(entry, "lfs_sha256")});
  }
  std::ranges::sort(listing.files, {}, &ListedFile::name);
  return listing;
}

void RepositoryCache::keep_listing(const Listing& listing) const {
  const fs::path path = folder_ / "trees" / (listing.commit + ".json");
  std::error_code error;
  if (fs::exists(path, error) || !std::ranges::all_of(listing.files, is_complete)) return;
  nlohmann::ordered_json entries = nlohmann::ordered_json::object();
  for (const ListedFile& file : listing.files) {
    nlohmann::ordered_json entry = {{"size", file.size}, {"blob_id", file.blob}};
    if (!file.sha256.empty()) entry.update({{"lfs_sha256", file.sha256}, {"lfs_size", file.size}});
    entries[file.name] = std::move(entry);
  }
  const nlohmann::ordered_json json = {{"format_version", kListingVersion}, {"files", std::move(entries)}};
  try {
    make_folder(path.parent_path());
    files::write_file(path, json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace),
                      files::Existing::replace);
  } catch (const Error& failure) {
    if (failure.code() != ErrorCode::usage) throw;
  }
}

}  // namespace sonde::hub
