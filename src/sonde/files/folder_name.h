// Decides which names found inside files may be opened in a folder. The one place for that question: plain
// names only, and links only where they stay inside.
#pragma once

#include <filesystem>
#include <string_view>

namespace sonde::files {

/// Tell whether `name` is one plain file name on POSIX and on Windows: no separator, drive, dots-only,
/// control byte, trailing dot or blank, device name, and at most 255 bytes.
bool is_plain_name(std::string_view name);

/// Tell whether `path` is a relative path of plain names with '/' between them, as a hub lists files:
/// "onnx/model.json". At most 1024 bytes.
bool is_plain_path(std::string_view path);

/// Give folder/name after checking the name and where a link leads. A link may lead to a file of the folder
/// itself, or, for a folder `snapshots/REVISION` of the Hugging Face cache, into the `blobs` beside
/// `snapshots` or the cache's own `blobs`, which repositories share. Errors: input, naming `source` as the
/// place that holds the name.
std::filesystem::path path_inside(const std::filesystem::path& folder, std::string_view name,
                                  const std::filesystem::path& source);

}  // namespace sonde::files
