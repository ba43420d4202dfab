#include "sonde/core/nearest.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace sonde {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substitute = diagonal + (lower(a[i]) != lower(b[j]));
      diagonal = row[j + 1];
      row[j + 1] = std::min({substitute, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

bool is_part_of(std::string_view part, std::string_view whole) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end(),
                     [](char x, char y) { return lower(x) == lower(y); }) != whole.end();
}

}  // namespace

std::vector<std::string> nearest(std::string_view word, std::span<const std::string> known,
                                 std::size_t count) {
  std::vector<std::pair<std::size_t, std::size_t>> ranked;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::size_t distance = edit_distance(word, known[i]);
    ranked.emplace_back(!word.empty() && is_part_of(word, known[i]) ? distance / 3 : distance, i);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> words;
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) words.push_back(known[ranked[i].second]);
  return words;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known, std::size_t count) {
  const std::vector<std::string> words = nearest(word, known, count);
  if (words.empty()) return "";
  std::string text = "did you mean ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += fmt::format("'{}'", words[i]);
  }
  return text + "?";
}

}  // namespace sonde
