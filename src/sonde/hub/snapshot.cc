#include "sonde/hub/snapshot.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/files/folder_name.h"
#include "sonde/files/message_text_internal.h"
#include "sonde/hub/download.h"

namespace sonde::hub {
namespace fs = std::filesystem;

Snapshot::Snapshot(const Repository& repository, const Settings& settings, const RunContext& context)
    : repository_(repository),
      settings_(settings.offline ? settings : checked(settings)),
      context_(context),
      cache_(settings.cache, repository) {
  if (settings.offline) {
    ask_cache("HF_HUB_OFFLINE is set");
  } else {
    ask_hub();
  }
}

Snapshot::~Snapshot() = default;

void Snapshot::ask_hub() {
  transport_ = make_curl_transport(settings_, context_);
  client_ = std::make_unique<Client>(settings_, *transport_, context_);
  // What a commit holds never changes, so a list that was kept serves without asking.
  if (is_commit(repository_.revision)) {
    if (auto kept = cache_.read_listing(repository_.revision)) return take(std::move(*kept));
  }
  try {
    take(client_->listing(repository_));
  } catch (const Unreachable& failure) {
    if (!cache_.commit_of(repository_.revision)) throw;
    client_.reset();
    note_ = fmt::format("the hub could not be reached, so the cache answered: {}", failure.what());
    ask_cache("the hub could not be reached");
  }
}

void Snapshot::take(Listing listing) {
  listing_ = std::move(listing);
  commit_ = listing_.commit;
  complete_ = true;
  for (const ListedFile& file : listing_.files) names_.push_back(file.name);
}

void Snapshot::ask_cache(const std::string& why) {
  why_not_hub_ = why;
  const std::optional<std::string> commit = cache_.commit_of(repository_.revision);
  std::error_code error;
  if (!commit || !fs::is_directory(cache_.folder(), error)) {
    throw Error(ErrorCode::network, {.where = fmt::format("{}@{}", repository_.id, repository_.revision),
                                     .what = fmt::format("not in the cache, and {}", why),
                                     .expected = fmt::format("it below {}", cache_.folder().string()),
                                     .hint = "fetch it once with a connection: sonde fetch",
                                     .path = cache_.folder().string()});
  }
  if (auto kept = cache_.read_listing(*commit)) return take(std::move(*kept));
  commit_ = *commit;
  names_ = cache_.cached_names(*commit);
}

const ListedFile* Snapshot::listed(const std::string& name) const {
  const auto found = std::ranges::lower_bound(listing_.files, name, {}, &ListedFile::name);
  return found != listing_.files.end() && found->name == name ? &*found : nullptr;
}

std::optional<SnapshotFile> Snapshot::cached(const std::string& name) const {
  const std::optional<fs::path> path = cache_.find(commit_, name);
  if (!path) return std::nullopt;
  std::error_code error;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(*path, error));
  const ListedFile* file = listed(name);
  // A blob of another length than the hub says is not the file.
  if (file != nullptr && file->size >= 0 && file->size != bytes) return std::nullopt;
  return SnapshotFile{name, *path, bytes, 0};
}

void Snapshot::refuse_missing(const std::string& name) const {
  throw Error(ErrorCode::network, {.where = fmt::format("{}/{}", repository_.id, name),
                                   .what = fmt::format("not in the cache, and {}", why_not_hub_),
                                   .expected = (folder() / name).string(),
                                   .hint = "fetch it once with a connection: sonde fetch",
                                   .path = (folder() / name).string()});
}

std::string Snapshot::near(const std::string& name) const {
  std::vector<std::string> safe;
  std::ranges::copy_if(names_, std::back_inserter(safe), files::is_plain_path);
  return did_you_mean(name, safe);
}

void Snapshot::refuse_absent(const std::string& name) const {
  throw Error(ErrorCode::network,
              {.where = repository_.id,
               .what = fmt::format("no file {} at {}", files::shown(name), commit_.substr(0, 12)),
               .hint = near(name)});
}

std::vector<SnapshotFile> Snapshot::obtain(std::span<const std::string> names) {
  std::map<std::string, SnapshotFile> found;
  std::vector<std::pair<std::string, FileMetadata>> wanted;
  std::int64_t bytes = 0;
  for (const std::string& name : names) {
    if (!files::is_plain_path(name)) {
      throw Error(ErrorCode::input, {.where = repository_.id,
                                     .what = fmt::format("unsafe file name {}", files::shown(name)),
                                     .expected = "plain names with '/' between them"});
    }
    if (auto file = cached(name)) {
      found[name] = std::move(*file);
      continue;
    }
    if (complete_ && listed(name) == nullptr) refuse_absent(name);
    if (!client_) refuse_missing(name);
    wanted.emplace_back(name, client_->metadata(repository_, commit_, name));
    bytes += wanted.back().second.size;
  }
  if (!wanted.empty()) {
    const ProgressStage stage(context_, "fetch", bytes, "bytes");
    for (const auto& [name, metadata] : wanted) found[name] = fetch(name, metadata);
  }
  if (client_) {
    cache_.keep_listing(listing_);
    cache_.remember(repository_.revision, commit_);
  }
  std::vector<SnapshotFile> files;
  for (const std::string& name : names) files.push_back(found.at(name));
  return files;
}

SnapshotFile Snapshot::fetch(const std::string& name, const FileMetadata& metadata) {
  const std::int64_t fetched = download_blob(*client_, cache_, {repository_, commit_, name, metadata});
  return {name, cache_.link(commit_, name, metadata.etag), metadata.size, fetched};
}

}  // namespace sonde::hub
