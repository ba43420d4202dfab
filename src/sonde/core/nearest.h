// Answers a mistyped word with the known words closest to it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonde {

/// Give up to `count` of `known` closest to `word`, best first (edit distance, case ignored, prefixes
/// favoured).
std::vector<std::string> nearest(std::string_view word, std::span<const std::string> known,
                                 std::size_t count = 3);

/// Phrase a hint, "did you mean 'a', 'b' or 'c'?", or an empty string when nothing is known.
std::string did_you_mean(std::string_view word, std::span<const std::string> known, std::size_t count = 3);

}  // namespace sonde
