#include "sonde/files/folder_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "sonde/core/error.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

/// Tell whether the part before the first dot is a device on Windows, where opening it would not open a file.
static bool is_device_name(std::string_view name) {
  std::string stem(name.substr(0, name.find('.')));
  std::ranges::transform(stem, stem.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  constexpr std::array<std::string_view, 4> kDevices = {"CON", "PRN", "AUX", "NUL"};
  if (std::ranges::find(kDevices, stem) != kDevices.end()) return true;
  return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) &&
         std::isdigit(stem[3]) != 0;
}

bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > 255 || name == "." || name == "..") return false;
  if (name.find_first_of("/\\:*?\"<>|") != std::string_view::npos) return false;
  if (std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) return false;
  if (name.back() == '.' || name.back() == ' ') return false;
  return !is_device_name(name);
}

bool is_plain_path(std::string_view path) {
  constexpr std::size_t kLongestPath = 1024;
  if (path.size() > kLongestPath) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_plain_name(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

static bool is_below(const std::filesystem::path& file, const std::filesystem::path& folder) {
  const auto [end, unused] = std::ranges::mismatch(folder, file);
  return end == folder.end();
}

/// Tell whether a file of a snapshot is where the Hugging Face cache keeps contents.
/// Source: huggingface_hub 2.4, file_download.py and utils/_shared_blobs.py (layout version 1).
static bool is_shared_blob(const std::filesystem::path& target, const std::filesystem::path& snapshot) {
  const std::filesystem::path snapshots = snapshot.parent_path(), repository = snapshots.parent_path();
  if (snapshots.filename() != "snapshots") return false;
  const std::string name = repository.filename().string();
  const bool in_cache = name.starts_with("models--") || name.starts_with("datasets--");
  return is_below(target, repository / "blobs") ||
         (in_cache && is_below(target, repository.parent_path() / "blobs"));
}

std::filesystem::path path_inside(const std::filesystem::path& folder, std::string_view name,
                                  const std::filesystem::path& source) {
  if (!is_plain_name(name)) {
    throw Error(ErrorCode::input, {.where = source.string(),
                                   .what = "unsafe file name",
                                   .got = shown(name),
                                   .expected = "the plain name of a file in the same folder",
                                   .path = source.string()});
  }
  std::filesystem::path path = folder / name;
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  const std::filesystem::path home = std::filesystem::canonical(folder, error);
  const bool allowed = !error && (is_below(target, home) || is_shared_blob(target, home));
  if (!allowed) {
    throw Error(ErrorCode::input, {.where = path.string(),
                                   .what = "link that leaves the model folder",
                                   .got = shown(target.string()),
                                   .expected = "a file inside the folder",
                                   .hint = "copy the file into the folder, or name the folder that holds it",
                                   .path = path.string()});
  }
  return path;
}

}  // namespace sonde::files
