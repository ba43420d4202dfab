#include "sonde/probes/words.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sonde::probes {
namespace {

struct Range {
  char32_t first, last;
};

// Blocks above ASCII that hold no letters or digits (Unicode 15 block names in order).
constexpr std::array kNotWords{
    Range{0x80, 0xA9},        Range{0xAB, 0xB1},  // Latin-1 controls and signs
    Range{0xB4, 0xB4},        Range{0xB6, 0xB8},     Range{0xBB, 0xBB},
    Range{0xBF, 0xBF},        Range{0xD7, 0xD7},     Range{0xF7, 0xF7},  // multiplication and division sign
    Range{0x2C2, 0x2C5},      Range{0x2D2, 0x2DF},                       // modifier symbols
    Range{0x300, 0x36F},                                                 // combining diacritical marks
    Range{0x2000, 0x206F},                                               // general punctuation
    Range{0x20A0, 0x20FF},  // currency symbols, combining marks for symbols
    Range{0x2190, 0x245F},  // arrows, mathematical operators, technical, control pictures
    Range{0x249C, 0x24E9},    Range{0x2500, 0x2775},  // enclosed letters, box drawing to dingbats
    Range{0x2794, 0x2BFF},                            // arrows, Braille, mathematical symbols
    Range{0x2E00, 0x2E7F},                            // supplemental punctuation
    Range{0x3000, 0x3004},    Range{0x3008, 0x3020}, Range{0x3030, 0x3030},
    Range{0xFE00, 0xFE6F},  // variation selectors, small form variants
    Range{0xFF01, 0xFF0F},    Range{0xFF1A, 0xFF20}, Range{0xFFE0, 0xFFFF},
    Range{0x1F000, 0x1FAFF},  // emoji and pictographs
    Range{0xE0000, 0x10FFFF},
};

bool is_word_character(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  return std::ranges::none_of(kNotWords,
                              [c](const Range& range) { return c >= range.first && c <= range.last; });
}

char32_t lower(char32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)) return c + 32;
  if (c < 0x100) return c;
  if (c <= 0x137 || (c >= 0x14A && c <= 0x177)) return c == 0x130 || c == 0x131 ? c : c | 1;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1);
  if (c >= 0x391 && c <= 0x3A9) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

constexpr char32_t kMalformed = 0xFFFFFFFF;

// Takes one code point off the front; a malformed byte is taken alone.
char32_t take(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80       ? 1
                             : lead >> 5 == 6  ? 2
                             : lead >> 4 == 14 ? 3
                             : lead >> 3 == 30 ? 4
                                               : 0;
  char32_t c = length == 1 ? lead : lead & (0x7F >> length);
  bool sound = length != 0 && length <= text.size();
  for (std::size_t i = 1; sound && i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    sound = next >> 6 == 2;
    c = c << 6 | (next & 0x3F);
  }
  text.remove_prefix(sound ? length : 1);
  return sound ? c : kMalformed;
}

void append_utf8(std::string& target, char32_t c) {
  const auto push = [&](char32_t byte) { target.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return push(c);
  if (c < 0x800) {
    push(0xC0 | c >> 6);
  } else {
    push(c < 0x10000 ? 0xE0 | c >> 12 : 0xF0 | c >> 18);
    if (c >= 0x10000) push(0x80 | (c >> 12 & 0x3F));
    push(0x80 | (c >> 6 & 0x3F));
  }
  push(0x80 | (c & 0x3F));
}

}  // namespace

void for_each_word(std::string_view text, const std::function<void(const std::string& word)>& word) {
  std::string current;
  std::size_t characters = 0;
  const auto finish = [&] {
    if (characters >= 2) word(current);
    current.clear();
    characters = 0;
  };
  while (!text.empty()) {
    const char32_t c = take(text);
    if (c == kMalformed || !is_word_character(c)) {
      finish();
      continue;
    }
    append_utf8(current, lower(c));
    ++characters;
  }
  finish();
}

}  // namespace sonde::probes
