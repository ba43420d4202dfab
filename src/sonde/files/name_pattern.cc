#include "sonde/files/name_pattern.h"

#include <cstdint>
#include <vector>

namespace sonde::files {

bool is_pattern(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

bool matches(std::string_view pattern, std::string_view path) {
  // reached[i]: what was read of the pattern can match the first i bytes of the path.
  std::vector<std::uint8_t> reached(path.size() + 1, 0), next;
  reached[0] = 1;
  for (std::size_t p = 0; p < pattern.size(); ++p) {
    const bool star = pattern[p] == '*';
    const bool across = star && p + 1 < pattern.size() && pattern[p + 1] == '*';
    next.assign(path.size() + 1, 0);
    if (star) next[0] = reached[0];
    for (std::size_t i = 0; i < path.size(); ++i) {
      const bool slash = path[i] == '/';
      if (star) {
        next[i + 1] = reached[i + 1] | (across || !slash ? next[i] : std::uint8_t{0});
      } else if (pattern[p] == path[i] || (pattern[p] == '?' && !slash)) {
        next[i + 1] = reached[i];
      }
    }
    reached.swap(next);
    if (across) ++p;
  }
  return reached.back() != 0;
}

}  // namespace sonde::files
