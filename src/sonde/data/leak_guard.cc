#include "sonde/data/leak_guard.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde::data {
namespace {

constexpr std::array kPairs{std::pair{Part::train, Part::valid}, std::pair{Part::train, Part::test},
                            std::pair{Part::valid, Part::test}};

// Lower-cased ASCII, every run of white space one space, none at the ends.
std::string normalised(std::string_view text) {
  std::string result;
  bool gap = false;
  for (const char c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      gap = !result.empty();
      continue;
    }
    if (gap) result.push_back(' ');
    gap = false;
    result.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  return result;
}

// A value that may occur in several parts.
struct Occurrence {
  std::array<bool, 3> in_part{};
};

// Numbers the distinct values of a column, so that kinds are compared on whole numbers alone.
template <class Range, class Key>
std::vector<std::int64_t> number_values(const Range& values, Key key) {
  std::unordered_map<decltype(key(values[0])), std::int64_t> index;
  std::vector<std::int64_t> numbers;
  for (const auto& value : values) {
    numbers.push_back(index.emplace(key(value), static_cast<std::int64_t>(index.size())).first->second);
  }
  return numbers;
}

// Compares one kind over the pairs of parts.
class Comparison {
 public:
  Comparison(LeakKind kind, std::vector<std::int64_t> values, const Split& split)
      : kind_(kind), values_(std::move(values)), split_(split) {
    const auto most = std::max_element(values_.begin(), values_.end());
    parts_.resize(most == values_.end() ? 0 : *most + 1);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      parts_[values_[i]].in_part[static_cast<std::size_t>(split.parts[i])] = true;
    }
  }

  // `exclude` says of a row and an earlier part that another kind already covers it.
  template <class Exclude>
  LeakFinding find(Part earlier, Part later, const LeakInput& input, Exclude exclude) const {
    LeakFinding finding{.kind = kind_, .earlier = earlier, .later = later};
    std::set<std::int64_t> distinct;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (split_.parts[i] != later || !occurs(i, earlier) || exclude(i, earlier)) continue;
      ++finding.rows;
      distinct.insert(values_[i]);
      const std::int64_t row =
          input.data_rows.empty() ? static_cast<std::int64_t>(i) + 1 : input.data_rows[i];
      finding.example_rows.push_back(row);
    }
    finding.values = static_cast<std::int64_t>(distinct.size());
    std::ranges::sort(finding.example_rows);
    finding.example_rows.resize(std::min<std::size_t>(5, finding.example_rows.size()));
    return finding;
  }

  bool occurs(std::size_t row, Part part) const {
    return parts_[values_[row]].in_part[static_cast<std::size_t>(part)];
  }
  LeakKind kind() const { return kind_; }

 private:
  LeakKind kind_;
  std::vector<std::int64_t> values_;
  const Split& split_;
  std::vector<Occurrence> parts_;
};

std::vector<Comparison> comparisons(const LeakInput& input, const Split& split) {
  std::vector<Comparison> all;
  const auto itself = [](std::string_view text) { return text; };
  if (!input.texts.empty()) {
    all.emplace_back(LeakKind::text, number_values(input.texts, itself), split);
    all.emplace_back(LeakKind::near_text, number_values(input.texts, normalised), split);
  }
  if (!input.groups.empty()) {
    all.emplace_back(LeakKind::group, number_values(input.groups, [](std::int64_t g) { return g; }), split);
  }
  if (!input.ids.empty()) all.emplace_back(LeakKind::id, number_values(input.ids, itself), split);
  return all;
}

const char* noun(LeakKind kind) {
  switch (kind) {
    case LeakKind::text:
      return "text";
    case LeakKind::near_text:
      return "text but for case and spaces";
    case LeakKind::group:
      return "group";
    case LeakKind::id:
      return "id";
  }
  return "";
}

}  // namespace

const char* to_string(LeakKind kind) {
  switch (kind) {
    case LeakKind::text:
      return "text";
    case LeakKind::near_text:
      return "near_text";
    case LeakKind::group:
      return "group";
    case LeakKind::id:
      return "id";
  }
  return "";
}

LeakPolicy leak_policy(std::string_view word) {
  const std::vector<std::string> known{"warn", "drop", "refuse"};
  const auto found = std::ranges::find(known, word);
  if (found != known.end()) return static_cast<LeakPolicy>(found - known.begin());
  throw Error(ErrorCode::usage, {.where = "leaks",
                                 .what = fmt::format("unknown policy '{}'", word),
                                 .expected = "warn, drop or refuse",
                                 .hint = did_you_mean(word, known, 1)});
}

std::string LeakFinding::sentence() const {
  return fmt::format("{} {} row{} {} the same {} as a {} row ({} distinct, for example row{} {})", rows,
                     data::to_string(later), rows == 1 ? "" : "s", rows == 1 ? "has" : "have", noun(kind),
                     data::to_string(earlier), values, example_rows.size() == 1 ? "" : "s",
                     fmt::join(example_rows, ", "));
}

LeakReport find_leaks(const LeakInput& input, const Split& split) {
  for (const std::size_t size :
       {input.texts.size(), input.groups.size(), input.ids.size(), input.data_rows.size()}) {
    SONDE_ASSERT(size == 0 || size == split.parts.size());
  }
  const std::vector<Comparison> all = comparisons(input, split);
  LeakReport report;
  std::vector<bool> leaks(split.parts.size());
  for (const Comparison& comparison : all) {
    report.checked.push_back(comparison.kind());
    const auto exclude = [&](std::size_t row, Part earlier) {
      return comparison.kind() == LeakKind::near_text && all[0].occurs(row, earlier);
    };
    for (const auto& [earlier, later] : kPairs) {
      LeakFinding finding = comparison.find(earlier, later, input, exclude);
      if (finding.rows > 0) report.findings.push_back(std::move(finding));
    }
    for (std::size_t i = 0; i < leaks.size(); ++i) {
      for (const auto& [earlier, later] : kPairs) {
        if (split.parts[i] == later && comparison.occurs(i, earlier)) leaks[i] = true;
      }
    }
  }
  for (std::size_t i = 0; i < leaks.size(); ++i) {
    if (leaks[i]) report.leaking.push_back(static_cast<std::int64_t>(i));
  }
  return report;
}

std::vector<std::int64_t> rows_to_use(const LeakReport& report, const Split& split, LeakPolicy policy) {
  if (policy == LeakPolicy::refuse && !report.findings.empty()) {
    throw Error(ErrorCode::input, {.where = "leak guard",
                                   .what = report.findings[0].sentence(),
                                   .hint = "split by group, drop the rows, or go on with a warning"});
  }
  std::vector<std::int64_t> rows;
  auto leaking = report.leaking.begin();
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(split.parts.size()); ++i) {
    const bool leaks = leaking != report.leaking.end() && *leaking == i;
    if (leaks) ++leaking;
    if (!leaks || policy != LeakPolicy::drop) rows.push_back(i);
  }
  return rows;
}

}  // namespace sonde::data
