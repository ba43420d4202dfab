#include "sonde/hub/fetch.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "sonde/core/error.h"
#include "sonde/files/folder_name.h"
#include "sonde/files/name_pattern.h"
#include "sonde/files/read_file.h"

namespace sonde::hub {
namespace {

constexpr std::int64_t kIndexBytes = std::int64_t{64} << 20;

Fetched fetched(const Snapshot& snapshot, std::vector<SnapshotFile> files) {
  return {snapshot.repository(), snapshot.commit(), snapshot.folder(), std::move(files), snapshot.note()};
}

[[noreturn]] void refuse_incomplete(const Snapshot& snapshot, const std::string& missing) {
  const auto gguf = std::ranges::find_if(snapshot.names(), [](const std::string& name) {
    return name.ends_with(".gguf") && files::is_plain_path(name);
  });
  std::string hint = "check the id; it may not be a model that transformers opens";
  if (!snapshot.complete())
    hint = "fetch it once with a connection: sonde fetch";
  else if (gguf != snapshot.names().end())
    hint = fmt::format("it holds {}: fetch it with sonde fetch --file, and name that file", *gguf);
  throw Error(
      ErrorCode::network,
      {.where = fmt::format("{}@{}", snapshot.repository().id, snapshot.commit().substr(0, 12)),
       .what = fmt::format("{} no {}", snapshot.complete() ? "the repository has" : "the cache has", missing),
       .hint = hint});
}

// A cache that does not know what a commit holds may still show it: shards say how many they are.
void require_all_shards(const Snapshot& snapshot, const std::string& pattern,
                        const std::vector<std::string>& matched) {
  if (snapshot.complete() || !files::is_pattern(pattern)) return;
  const auto count_of = [](const std::string& name) -> std::size_t {
    const std::size_t of = name.rfind("-of-");
    return of == std::string::npos ? 0 : std::strtoul(name.c_str() + of + 4, nullptr, 10);
  };
  const bool all = !matched.empty() && std::ranges::all_of(matched, [&](const std::string& name) {
    return count_of(name) == matched.size();
  });
  if (all) return;
  throw Error(ErrorCode::network,
              {.where = fmt::format("{}/{}", snapshot.repository().id, pattern),
               .what = "only the cache answers, and it cannot tell which files that is",
               .got = fmt::format("{} in the cache", matched.size()),
               .hint = "name the files, or fetch them once with a connection: sonde fetch"});
}

std::vector<std::string> matching(const Snapshot& snapshot, const std::string& pattern) {
  // A name without `*` is asked for as it is, so that the snapshot says what is wrong with it.
  if (!files::is_pattern(pattern)) return {pattern};
  std::vector<std::string> matched;
  for (const std::string& name : snapshot.names()) {
    if (files::matches(pattern, name)) matched.push_back(name);
  }
  require_all_shards(snapshot, pattern, matched);
  if (!matched.empty()) return matched;
  throw Error(ErrorCode::network,
              {.where = fmt::format("{}@{}", snapshot.repository().id, snapshot.commit().substr(0, 12)),
               .what = fmt::format("no file matches '{}'", pattern),
               .hint = snapshot.near(pattern)});
}

// A revision that was noted in a study counts, not the branch that was typed once.
void pin(Repository& repository, const std::string& revision) {
  if (!revision.empty()) repository.revision = revision;
}

[[noreturn]] void refuse_revision(const std::string& where, const char* expected) {
  throw Error(ErrorCode::usage, {.where = where,
                                 .what = "a revision goes with what is on a hub",
                                 .expected = expected,
                                 .hint = "leave the revision out"});
}

}  // namespace

Fetched fetch_model(const Repository& repository, ModelPart part, const Settings& settings,
                    const RunContext& context) {
  Snapshot snapshot(repository, settings, context);
  const ModelFiles chosen = choose_model_files(snapshot.names(), part);
  if (!chosen.missing.empty()) refuse_incomplete(snapshot, chosen.missing.front());
  std::vector<SnapshotFile> files = snapshot.obtain(chosen.names);
  if (!chosen.index.empty()) {
    const std::string where = files.back().path.string();
    const std::vector<std::string> shards = shards_of(files::read_file(where, kIndexBytes), where);
    for (SnapshotFile& shard : snapshot.obtain(shards)) files.push_back(std::move(shard));
  }
  return fetched(snapshot, std::move(files));
}

Fetched fetch_files(const Repository& repository, std::span<const std::string> patterns,
                    const Settings& settings, const RunContext& context) {
  Snapshot snapshot(repository, settings, context);
  std::set<std::string> names;
  for (const std::string& pattern : patterns) {
    for (const std::string& name : matching(snapshot, pattern)) names.insert(name);
  }
  const std::vector<std::string> in_order(names.begin(), names.end());
  return fetched(snapshot, snapshot.obtain(in_order));
}

bool is_on_hub(const std::string& model, const std::filesystem::path& folder) {
  std::error_code error;
  return !std::filesystem::exists(folder / model, error) && parse_model_id(model).has_value();
}

ModelLocation locate_model(const std::string& model, const std::string& revision, ModelPart part,
                           const Settings& settings, const RunContext& context) {
  const std::optional<Repository> id = parse_model_id(model);
  if (!revision.empty() && !id) refuse_revision(model, "OWNER/NAME");
  if (revision.empty() && !is_on_hub(model))
    return {.path = model, .name = std::filesystem::path(model).filename().string()};
  Repository repository = *id;
  pin(repository, revision);
  try {
    const Fetched fetched = fetch_model(repository, part, settings, context);
    return {fetched.folder, repository.name(), fetched.commit, fetched.note};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::network) throw;
    // It may have been meant as a path.
    ErrorParts parts = error.parts();
    parts.where = fmt::format("{} (no such path here, so taken as a hub id)", parts.where);
    throw Error(error.code(), std::move(parts));
  }
}

DataLocation locate_data(const std::string& file, const std::string& revision, const Settings& settings,
                         const RunContext& context) {
  if (!is_data_address(file)) {
    if (!revision.empty()) refuse_revision(file, "hf://datasets/OWNER/NAME/PATH");
    return {.files = {file}};
  }
  DataAddress address = parse_data_address(file);
  if (address.path.empty()) {
    throw Error(ErrorCode::usage, {.where = file,
                                   .what = "no file of the dataset is named",
                                   .expected = "hf://datasets/OWNER/NAME/PATH, where PATH may hold `*`"});
  }
  pin(address.repository, revision);
  const std::vector<std::string> patterns = {address.path};
  const Fetched fetched = fetch_files(address.repository, patterns, settings, context);
  DataLocation location{.revision = fetched.commit, .note = fetched.note};
  for (const SnapshotFile& part : fetched.files) location.files.push_back(part.path.string());
  return location;
}

}  // namespace sonde::hub
