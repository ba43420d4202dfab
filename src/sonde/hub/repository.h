// Names of repositories on a hub, as people type them and as the hub and the cache write them. Asks neither.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sonde::hub {

/// What a repository holds; decides its place in addresses and in the cache.
enum class RepositoryKind { model, dataset };

/// Give the stable word for a kind, as it stands in JSON.
const char* to_string(RepositoryKind kind);

/// A repository at a revision.
struct Repository {
  RepositoryKind kind = RepositoryKind::model;
  std::string id;                 ///< "owner/name"
  std::string revision = "main";  ///< branch, tag or commit

  /// Give the part after the slash.
  std::string name() const { return id.substr(id.find('/') + 1); }
  /// Give the folder in the cache: "models--owner--name".
  std::string folder_name() const;
  /// Give the path under the endpoint at which files of a commit lie: "/datasets/owner/name/resolve/COMMIT/".
  std::string file_path(std::string_view commit, std::string_view file) const;
  /// Give the path under the endpoint that answers with commit and file list.
  std::string listing_path() const;
};

/// A pattern of files in a repository of data.
struct DataAddress {
  Repository repository;
  std::string path;  ///< relative, may hold `*`; empty when none was given
};

/// Tell whether text is a commit as the hub writes it: 40 lower-case hexadecimal digits.
bool is_commit(std::string_view text);

/// Read `owner/name` or `owner/name@revision`, optionally after `hf://` or `hf://models/`; nothing when it is
/// of another shape. A name that ends in .gguf is a file's.
/// Source: huggingface_hub 2.4, utils/_validators.py (letters, digits, `-_.`, at most 96, no `--`, no `..`).
std::optional<Repository> parse_model_id(std::string_view text);

/// Tell whether text starts as a dataset on a hub does: `hf://datasets/`.
bool is_data_address(std::string_view text);

/// Read `hf://datasets/OWNER/NAME[@REVISION][/PATH]`; a '/' in the revision is written %2F.
/// Errors: usage, naming the form.
DataAddress parse_data_address(std::string_view text);

}  // namespace sonde::hub
