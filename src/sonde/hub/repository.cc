#include "sonde/hub/repository.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "sonde/core/error.h"
#include "sonde/files/folder_name.h"
#include "sonde/hub/url.h"

namespace sonde::hub {
namespace {

constexpr std::string_view kScheme = "hf://";
constexpr std::string_view kDatasets = "hf://datasets/";
constexpr std::string_view kModels = "hf://models/";

bool is_id_part(std::string_view part) {
  constexpr std::size_t kLongest = 96;
  if (part.empty() || part.size() > kLongest) return false;
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  const auto edge = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return std::ranges::all_of(part, allowed) && edge(part.front()) && edge(part.back()) &&
         part.find("--") == std::string_view::npos && part.find("..") == std::string_view::npos &&
         files::is_plain_name(part);
}

bool is_id(std::string_view id) {
  const std::size_t slash = id.find('/');
  return slash != std::string_view::npos && is_id_part(id.substr(0, slash)) &&
         is_id_part(id.substr(slash + 1)) && !id.ends_with(".git");
}

// `id[@revision]`; nothing when either is of another shape.
std::optional<Repository> parse_id(RepositoryKind kind, std::string_view text) {
  const std::size_t at = text.find('@');
  Repository repository{.kind = kind, .id = std::string(text.substr(0, at))};
  if (!is_id(repository.id)) return std::nullopt;
  if (at == std::string_view::npos) return repository;
  const std::optional<std::string> revision = percent_decoded(text.substr(at + 1));
  if (!revision || !files::is_plain_path(*revision)) return std::nullopt;
  repository.revision = *revision;
  return repository;
}

}  // namespace

const char* to_string(RepositoryKind kind) { return kind == RepositoryKind::model ? "model" : "dataset"; }

std::string Repository::folder_name() const {
  std::string name = fmt::format("{}s--{}", to_string(kind), id);
  return name.replace(name.find('/'), 1, "--");
}

std::string Repository::file_path(std::string_view commit, std::string_view file) const {
  return fmt::format("/{}{}/resolve/{}/{}", kind == RepositoryKind::dataset ? "datasets/" : "", id,
                     percent_encoded(commit), percent_encoded(file, "/"));
}

std::string Repository::listing_path() const {
  return fmt::format("/api/{}s/{}/revision/{}?blobs=true", to_string(kind), id, percent_encoded(revision));
}

bool is_commit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<Repository> parse_model_id(std::string_view text) {
  if (text.starts_with(kDatasets) || text.ends_with(".gguf")) return std::nullopt;
  if (text.starts_with(kModels)) {
    text.remove_prefix(kModels.size());
  } else if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
  }
  return parse_id(RepositoryKind::model, text);
}

bool is_data_address(std::string_view text) { return text.starts_with(kDatasets); }

DataAddress parse_data_address(std::string_view text) {
  std::string_view rest = text;
  if (is_data_address(text)) rest.remove_prefix(kDatasets.size());
  const std::size_t owner = rest.find('/');
  const std::size_t name = owner == std::string_view::npos ? owner : rest.find('/', owner + 1);
  const std::optional<Repository> repository = parse_id(RepositoryKind::dataset, rest.substr(0, name));
  if (!is_data_address(text) || !repository) {
    throw Error(ErrorCode::usage, {.where = std::string(text),
                                   .what = "not the address of a dataset on a hub",
                                   .expected = "hf://datasets/OWNER/NAME/PATH, where NAME may be followed by "
                                               "@REVISION"});
  }
  const std::string_view path = name == std::string_view::npos ? std::string_view() : rest.substr(name + 1);
  return {*repository, std::string(path)};
}

}  // namespace sonde::hub
