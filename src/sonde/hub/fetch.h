// What people mean by a model, by a file of data, and by a list of patterns, as files on this machine: the
// one place that decides what is a path and what is on a hub.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/hub/model_files.h"
#include "sonde/hub/repository.h"
#include "sonde/hub/settings.h"
#include "sonde/hub/snapshot.h"

namespace sonde::hub {

/// Files of one snapshot.
struct Fetched {
  Repository repository;
  std::string commit;
  std::filesystem::path folder;
  std::vector<SnapshotFile> files;  ///< in the order they were chosen
  std::string note;                 ///< why the cache answered; empty when it did not have to
};

/// Fetch the part of a model that is wanted.
/// Errors: as Snapshot; network, naming it, when the repository lacks what a model needs.
Fetched fetch_model(const Repository& repository, ModelPart part, const Settings& settings,
                    const RunContext& context);

/// Fetch the files that match any of the patterns, in order of name.
/// Errors: as Snapshot; network when a pattern matches nothing (nearest named), or when only the cache
/// answers and cannot tell what a pattern means.
Fetched fetch_files(const Repository& repository, std::span<const std::string> patterns,
                    const Settings& settings, const RunContext& context);

/// Where a model lies.
struct ModelLocation {
  std::filesystem::path path;  ///< folder or file
  std::string name;            ///< what sentences call it
  std::string revision;        ///< commit, of a model from a hub; else empty
  std::string note;            ///< as Fetched::note
};

/// Tell whether MODEL, as typed, means a hub: an existing path is a path; otherwise `owner/name[@revision]`
/// does. `folder` is where relative paths are meant from.
bool is_on_hub(const std::string& model, const std::filesystem::path& folder = {});

/// Find a model, fetching it where it is on a hub. A `revision` says that it is on a hub, and counts in place
/// of the one typed. What is no hub id comes back as a path, whether it exists or not.
/// Errors: as fetch_model(); usage for a revision of what is no hub id.
ModelLocation locate_model(const std::string& model, const std::string& revision, ModelPart part,
                           const Settings& settings, const RunContext& context);

/// Where a table lies: one file, or several that are one table.
struct DataLocation {
  std::vector<std::string> files;
  std::string revision;  ///< commit, of data from a hub; else empty
  std::string note;      ///< as Fetched::note
};

/// Find data, fetching it where it is on a hub. A `revision` counts in place of the one typed.
/// Errors: as fetch_files(); usage for an address without a path, and for a revision of what is no address.
DataLocation locate_data(const std::string& file, const std::string& revision, const Settings& settings,
                         const RunContext& context);

}  // namespace sonde::hub
