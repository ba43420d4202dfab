// Patterns of file names, as shells write them. Looks at no folder.
#pragma once

#include <string_view>

namespace sonde::files {

/// Tell whether text holds `*` or `?`.
bool is_pattern(std::string_view text);

/// Tell whether a relative path matches a pattern: `?` is one byte and `*` any run of bytes within a segment,
/// `**` any run across segments. Cost: pattern length times path length at most.
bool matches(std::string_view pattern, std::string_view path);

}  // namespace sonde::files
