#include <fmt/format.h>

#include "sonde/files/message_text_internal.h"

namespace sonde::files {

constexpr std::size_t kLongest = 120;

/// Give the length of the well-formed UTF-8 sequence that starts `text`, or 0.
static std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

static std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    // C1 controls (U+0080-U+009F) and bidirectional marks could steer a terminal, so they are shown by their
    // bytes.
    const bool control =
        first < 0x20 || first == 0x7F || (length == 2 && first == 0xC2 && (text[1] & 0xE0) == 0x80);
    const bool mark = length == 3 && first == 0xE2 && (text[1] == '\x80' || text[1] == '\x81');
    if (length == 0 || control || mark) {
      const std::size_t count = length == 0 ? 1 : length;
      for (std::size_t i = 0; i < count; ++i)
        result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      text.remove_prefix(count);
      continue;
    }
    result.append(text.substr(0, length));
    text.remove_prefix(length);
  }
  return result;
}

std::string shown(std::string_view text) {
  if (text.size() <= kLongest) return fmt::format("'{}'", escaped(text));
  return fmt::format("'{}…{}' ({} bytes)", escaped(text.substr(0, kLongest / 2)),
                     escaped(text.substr(text.size() - kLongest / 4)), text.size());
}

}  // namespace sonde::files
