#include "sonde/capture/address_pattern.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "sonde/core/error.h"

namespace sonde::capture {
namespace {

// `*` within one segment.
bool matches_segment(std::string_view pattern, std::string_view segment) {
  if (pattern.empty()) return segment.empty();
  if (pattern.front() == '*') {
    for (std::size_t skip = 0; skip <= segment.size(); ++skip) {
      if (matches_segment(pattern.substr(1), segment.substr(skip))) return true;
    }
    return false;
  }
  return !segment.empty() && pattern.front() == segment.front() &&
         matches_segment(pattern.substr(1), segment.substr(1));
}

struct Cut {
  std::string_view head;
  std::string_view tail;
  bool last = false;
};

Cut cut(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}, true};
  return {path.substr(0, dot), path.substr(dot + 1), false};
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[noreturn]] void refuse_index(const IndexedAddress& address, std::int64_t count) {
  throw Error(ErrorCode::usage,
              {.where = fmt::format("address '{}[{}]{}'", address.word, address.index, address.rest),
               .what = "no such index",
               .got = address.index,
               .expected = fmt::format("{} to {}, a range such as 1:{}, or *", -count, count - 1, count)});
}

// One end of a range: empty takes the default, negatives count back, what lies outside is clamped.
std::int64_t range_end(const IndexedAddress& address, std::string_view text, std::int64_t otherwise,
                       std::int64_t count) {
  if (text.empty()) return otherwise;
  const auto value = number_in(text);
  if (!value) refuse_index(address, count);
  return std::clamp<std::int64_t>(*value < 0 ? *value + count : *value, 0, count);
}

// Names of a file may hold any number; one is added to it.
constexpr std::int64_t kLargestIndex = std::numeric_limits<std::int64_t>::max() - 1;

// The numbers that an index selects out of 0 … count-1.
struct IndexRange {
  std::int64_t first, end;
};

IndexRange range_of(const IndexedAddress& address, std::int64_t count) {
  std::int64_t first = 0, end = count;
  const std::size_t colon = address.index.find(':');
  if (colon != std::string::npos) {
    first = range_end(address, std::string_view(address.index).substr(0, colon), 0, count);
    end = range_end(address, std::string_view(address.index).substr(colon + 1), count, count);
    if (first >= end) refuse_index(address, count);
  } else if (address.index != "*") {
    const auto value = number_in(address.index);
    if (!value || *value < -count || *value >= count) refuse_index(address, count);
    first = *value < 0 ? *value + count : *value;
    end = first + 1;
  }
  return {first, end};
}

}  // namespace

bool matches(std::string_view pattern, std::string_view path) {
  const Cut p = cut(pattern);
  const Cut q = cut(path);
  if (p.head == "**") {
    if (p.last) return true;
    return matches(p.tail, path) || (!q.last && matches(pattern, q.tail));
  }
  if (!matches_segment(p.head, q.head)) return false;
  if (p.last || q.last) return p.last == q.last || (q.last && p.tail == "**");
  return matches(p.tail, q.tail);
}

bool is_pattern(std::string_view text) { return text.find('*') != std::string_view::npos; }

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view part = list.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

std::optional<IndexedAddress> parse_indexed(std::string_view text) {
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t close = text.find(']', open);
  if (close == std::string_view::npos) {
    throw Error(ErrorCode::usage, {.where = fmt::format("address '{}'", text), .what = "'[' without ']'"});
  }
  return IndexedAddress{std::string(text.substr(0, open)),
                        std::string(text.substr(open + 1, close - open - 1)),
                        std::string(text.substr(close + 1))};
}

std::vector<std::int64_t> select(const IndexedAddress& address, std::int64_t count) {
  const IndexRange range = range_of(address, count);
  std::vector<std::int64_t> numbers(range.end - range.first);
  std::iota(numbers.begin(), numbers.end(), range.first);
  return numbers;
}

std::vector<std::string> choose_names(std::span<const std::string> names, std::string_view asked) {
  if (std::ranges::find(names, asked) != names.end()) return {std::string(asked)};
  const auto wanted = parse_indexed(asked);
  const auto index_in = [&](const std::string& name) -> std::optional<std::int64_t> {
    const std::string_view rest = wanted ? wanted->rest : "";
    if (!wanted || name.size() < wanted->word.size() + rest.size() + 2) return std::nullopt;
    if (!name.starts_with(wanted->word + "[") || !name.ends_with("]" + wanted->rest)) return std::nullopt;
    const std::size_t first = wanted->word.size() + 1;
    return number_in(std::string_view(name).substr(first, name.size() - first - rest.size() - 1));
  };
  std::int64_t count = 0;
  for (const std::string& name : names)
    count = std::max(count, std::min(index_in(name).value_or(-1), kLargestIndex) + 1);
  const IndexRange range = count > 0 ? range_of(*wanted, count) : IndexRange{0, 0};
  std::vector<std::string> chosen;
  for (const std::string& name : names) {
    const auto index = index_in(name);
    if (matches(asked, name) || (index && *index >= range.first && *index < range.end))
      chosen.push_back(name);
  }
  return chosen;
}

}  // namespace sonde::capture
