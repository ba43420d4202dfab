#include "sonde/data/occurrences.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "sonde/core/error.h"
#include "sonde/core/random.h"

namespace sonde::data {
namespace {

// Windows that were accepted; tells whether another would overlap one.
class TakenWindows {
 public:
  explicit TakenWindows(const OccurrenceOptions& options) : width_(options.before + 1 + options.after) {}

  // All windows are equally wide, so two overlap when their targets are closer than a width.
  bool overlap(std::int64_t position) const {
    const auto next = taken_.lower_bound(position);
    if (next != taken_.end() && *next - position < width_) return true;
    return next != taken_.begin() && position - *std::prev(next) < width_;
  }
  void take(std::int64_t position) { taken_.insert(position); }

 private:
  std::int64_t width_;
  std::multiset<std::int64_t> taken_;
};

// Gives which target stands at a position and fits the rule on the next token, which must lie before `end`.
std::optional<std::int32_t> target_at(std::span<const std::int32_t> ids, std::int64_t position,
                                      std::int64_t end, const OccurrenceRules& rules) {
  const auto found = std::ranges::find(rules.targets, ids[position]);
  if (found == rules.targets.end()) return std::nullopt;
  const bool fits =
      !rules.starts_word || (position + 1 < end && rules.starts_word(ids[position], ids[position + 1]));
  return fits ? std::optional(static_cast<std::int32_t>(found - rules.targets.begin())) : std::nullopt;
}

class Search {
 public:
  Search(const TokenStream& stream, const OccurrenceRules& rules, const OccurrenceOptions& options)
      : stream_(stream), rules_(rules), options_(options), apart_(options.documents == "apart") {
    out_.found.resize(rules.targets.size());
    out_.no_room.resize(rules.targets.size());
  }

  Occurrences run() {
    collect();
    choose();
    for (std::size_t k = 0; k < rules_.targets.size(); ++k) require_enough(static_cast<std::int32_t>(k));
    std::ranges::sort(out_.chosen, [](const Occurrence& a, const Occurrence& b) {
      return a.target != b.target ? a.target < b.target : a.position < b.position;
    });
    describe();
    return std::move(out_);
  }

 private:
  // First and end of the tokens that a window around a token of a document may hold.
  std::pair<std::int64_t, std::int64_t> room(std::int64_t document) const {
    if (!apart_) return {0, static_cast<std::int64_t>(stream_.ids.size())};
    return {stream_.offsets[document], stream_.offsets[document + 1]};
  }

  void collect() {
    for (std::int64_t document = 0; document + 1 < static_cast<std::int64_t>(stream_.offsets.size());
         ++document) {
      const auto [first, end] = room(document);
      for (std::int64_t i = stream_.offsets[document]; i < stream_.offsets[document + 1]; ++i) {
        const std::optional<std::int32_t> target = target_at(stream_.ids, i, end, rules_);
        if (!target) continue;
        ++out_.found[*target];
        if (i - options_.before < first || i + options_.after >= end) {
          ++out_.no_room[*target];
        } else {
          candidates_.push_back({*target, i, document});
        }
      }
    }
  }

  void choose() {
    std::vector<std::int64_t> order(candidates_.size());
    std::iota(order.begin(), order.end(), 0);
    if (options_.choose == "random") {
      order = RandomStream(static_cast<std::uint64_t>(options_.seed), "occurrences")
                  .permutation(static_cast<std::int64_t>(order.size()));
    }
    TakenWindows taken(options_);
    chosen_.resize(rules_.targets.size());
    for (const std::int64_t i : order) {
      const Occurrence& candidate = candidates_[i];
      if (chosen_[candidate.target] == options_.per_class) continue;
      if (apart_ && taken.overlap(candidate.position)) continue;
      taken.take(candidate.position);
      ++chosen_[candidate.target];
      out_.chosen.push_back(candidate);
    }
  }

  void require_enough(std::int32_t target) const {
    const std::string& name = rules_.names[target];
    if (out_.found[target] == 0) {
      throw Error(
          ErrorCode::input,
          {.where = "[occurrences] targets",
           .what = fmt::format("'{}' does not occur{}", name,
                               rules_.starts_word ? " with a token that starts a word after it" : ""),
           .got = fmt::format("{} documents, {} tokens", stream_.offsets.size() - 1, stream_.ids.size()),
           .hint = "read more documents, or look for another token"});
    }
    if (chosen_[target] >= options_.per_class) return;
    throw Error(ErrorCode::input,
                {.where = "[occurrences] per_class",
                 .what = fmt::format("too few occurrences of '{}'", name),
                 .got = fmt::format("{} of {}: {} in {} documents, {} without room for their window{}",
                                    chosen_[target], options_.per_class, out_.found[target],
                                    stream_.offsets.size() - 1, out_.no_room[target],
                                    apart_ ? ", others in a window already taken" : ""),
                 .hint = "read more documents (raise limit), lower per_class, or make the window smaller"});
  }

  void describe() {
    std::vector<std::int64_t> positions;
    for (const Occurrence& one : out_.chosen) {
      const std::int64_t first = one.position - options_.before, last = one.position + options_.after;
      if (first < stream_.offsets[one.document] || last >= stream_.offsets[one.document + 1]) ++out_.crossing;
      positions.push_back(one.position);
    }
    std::ranges::sort(positions);
    const std::int64_t width = options_.before + 1 + options_.after;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const bool left = i > 0 && positions[i] - positions[i - 1] < width;
      const bool right = i + 1 < positions.size() && positions[i + 1] - positions[i] < width;
      if (left || right) ++out_.overlapping;
    }
  }

  const TokenStream& stream_;
  const OccurrenceRules& rules_;
  const OccurrenceOptions& options_;
  const bool apart_;
  std::vector<Occurrence> candidates_;
  std::vector<std::int64_t> chosen_;  // [k]
  Occurrences out_;
};

}  // namespace

Occurrences find_occurrences(const TokenStream& stream, const OccurrenceRules& rules,
                             const OccurrenceOptions& options) {
  return Search(stream, rules, options).run();
}

std::optional<std::int64_t> first_window(std::span<const std::int32_t> ids, const OccurrenceRules& rules,
                                         const OccurrenceOptions& options) {
  const auto end = static_cast<std::int64_t>(ids.size());
  for (std::int64_t i = options.before; i + options.after < end; ++i) {
    if (target_at(ids, i, end, rules)) return i - options.before;
  }
  return std::nullopt;
}

}  // namespace sonde::data
