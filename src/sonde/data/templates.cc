#include "sonde/data/templates.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string what) {
  throw Error(ErrorCode::usage,
              {.where = "template",
               .what = std::move(what),
               .got = fmt::format("\"{}\"", text),
               .expected = "a text with columns in braces, such as \"Is this good? {text}\"",
               .hint = "write {{ and }} for braces that are meant as they stand"});
}

}  // namespace

Template::Template(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literals_.back().push_back(c);
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      literals_.back().push_back(c);
      ++i;
      continue;
    }
    const std::size_t end = c == '{' ? text.find_first_of("{}", i + 1) : std::string_view::npos;
    if (end == std::string_view::npos || text[end] != '}')
      refuse(text, c == '{' ? "a brace is not closed" : "a brace closes nothing");
    if (end == i + 1) refuse(text, "a placeholder has no name");
    add_placeholder(text.substr(i + 1, end - i - 1));
    i = end;
  }
  if (slots_.empty()) refuse(text, "the template has no placeholder, so every row would read the same");
}

void Template::add_placeholder(std::string_view name) {
  const auto found = std::ranges::find(placeholders_, name);
  slots_.push_back(found - placeholders_.begin());
  if (found == placeholders_.end()) placeholders_.emplace_back(name);
  literals_.emplace_back();
}

void Template::rename(std::string_view from, std::string_view to) {
  std::ranges::replace(placeholders_, from, std::string(to));
}

std::string Template::fill(std::span<const std::string_view> values) const {
  SONDE_ASSERT(values.size() == placeholders_.size());
  std::string filled = literals_.front();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    filled += values[slots_[i]];
    filled += literals_[i + 1];
  }
  return filled;
}

}  // namespace sonde::data
