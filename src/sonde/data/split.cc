#include "sonde/data/split.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/core/random.h"

namespace sonde::data {
namespace {

constexpr std::array kParts{Part::train, Part::valid, Part::test};

using Fractions = std::array<double, 3>;  // of all rows, by Part
using Counts = std::array<std::int64_t, 3>;

std::size_t index_of(Part part) { return static_cast<std::size_t>(part); }

Fractions fractions_of(const SplitOptions& options) {
  const double train = 1 - options.test - options.valid;
  if (!(options.test > 0) || !(options.valid >= 0) || !(train > 0)) {
    throw Error(ErrorCode::usage, {.where = "split",
                                   .what = "these fractions leave a part empty",
                                   .got = fmt::format("test {}, valid {}", options.test, options.valid),
                                   .expected = "test above 0, valid of at least 0, both together below 1",
                                   .hint = "both are fractions of all rows"});
  }
  return {train, options.valid, options.test};
}

// Whole numbers closest to the fractions of n, by largest remainder; a part with a fraction gets at least one
// row when there are as many rows as parts.
Counts apportion(std::int64_t n, const Fractions& fractions) {
  Counts counts{};
  std::array<double, 3> rest{};
  for (std::size_t p = 0; p < 3; ++p) {
    const double exact = fractions[p] * static_cast<double>(n);
    counts[p] = static_cast<std::int64_t>(std::floor(exact + 1e-9));
    rest[p] = exact - static_cast<double>(counts[p]);
  }
  for (std::int64_t left = n - counts[0] - counts[1] - counts[2]; left > 0; --left) {
    const auto most = std::max_element(rest.begin(), rest.end()) - rest.begin();
    ++counts[most];
    rest[most] = -1;
  }
  for (std::size_t p = 0; p < 3; ++p) {
    const auto most = std::max_element(counts.begin(), counts.end());
    if (counts[p] == 0 && fractions[p] > 0 && *most > 1) {
      --*most;
      counts[p] = 1;
    }
  }
  return counts;
}

// Deals rows out by a random permutation: the first go to test, then valid, the rest to train.
void deal(std::span<const std::int64_t> rows, const Fractions& fractions, const RandomStream& stream,
          std::vector<Part>& parts) {
  const auto n = static_cast<std::int64_t>(rows.size());
  const Counts counts = apportion(n, fractions);
  const std::vector<std::int64_t> order = stream.permutation(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const Part part = i < counts[2] ? Part::test : i < counts[2] + counts[1] ? Part::valid : Part::train;
    parts[rows[order[i]]] = part;
  }
}

std::vector<Part> split_random(const SplitInput& input, const Fractions& fractions,
                               const RandomStream& stream) {
  std::vector<std::int64_t> rows(input.rows);
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<Part> parts(input.rows);
  deal(rows, fractions, stream, parts);
  return parts;
}

std::vector<Part> split_stratified(const SplitInput& input, const Fractions& fractions,
                                   const RandomStream& stream) {
  std::vector<std::vector<std::int64_t>> rows(input.classes.size());
  for (std::int64_t i = 0; i < input.rows; ++i) rows[input.labels[i]].push_back(i);
  std::vector<Part> parts(input.rows);
  for (std::size_t c = 0; c < rows.size(); ++c) deal(rows[c], fractions, stream.substream(c), parts);
  return parts;
}

// A group with its rows counted per class; without labels all rows are of one class.
struct Group {
  std::vector<std::int64_t> rows;
  std::vector<double> per_class;
};

std::vector<Group> collect_groups(const SplitInput& input) {
  const std::size_t k = std::max<std::size_t>(1, input.classes.size());
  std::map<std::int64_t, std::size_t> index;
  std::vector<Group> groups;
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const auto [found, fresh] = index.emplace(input.groups[i], groups.size());
    if (fresh) groups.push_back({{}, std::vector<double>(k)});
    Group& group = groups[found->second];
    group.rows.push_back(i);
    group.per_class[input.labels.empty() ? 0 : input.labels[i]] += 1;
  }
  return groups;
}

// Gives groups out one by one, large ones first, each to the part where it brings the class counts closest to
// what the fractions ask for.
class GroupDealer {
 public:
  GroupDealer(const Fractions& fractions, const std::vector<Group>& groups) : filled_() {
    std::vector<double> totals(groups[0].per_class.size());
    for (const Group& group : groups) {
      for (std::size_t c = 0; c < totals.size(); ++c) totals[c] += group.per_class[c];
    }
    for (std::size_t p = 0; p < 3; ++p) {
      for (const double total : totals) wanted_[p].push_back(fractions[p] * total);
      filled_[p].assign(totals.size(), 0);
    }
  }

  Part give(const Group& group) {
    Part best = Part::train;
    double best_gain = -HUGE_VAL;
    for (const Part part : kParts) {
      const double now = gain(part, group);
      if (now <= best_gain) continue;
      best = part;
      best_gain = now;
    }
    for (std::size_t c = 0; c < group.per_class.size(); ++c) filled_[index_of(best)][c] += group.per_class[c];
    return best;
  }

 private:
  // By how much the squared misses, each relative to what is wanted, fall when the part takes the group.
  double gain(Part part, const Group& group) const {
    const std::size_t p = index_of(part);
    double sum = 0;
    for (std::size_t c = 0; c < group.per_class.size(); ++c) {
      if (wanted_[p][c] == 0) {
        if (group.per_class[c] > 0) return -HUGE_VAL;
        continue;
      }
      const double before = wanted_[p][c] - filled_[p][c], after = before - group.per_class[c];
      sum += (before * before - after * after) / wanted_[p][c];
    }
    return sum;
  }

  std::array<std::vector<double>, 3> wanted_, filled_;  // [part][class]
};

std::vector<Part> split_grouped(const SplitInput& input, const Fractions& fractions,
                                const RandomStream& stream) {
  const std::vector<Group> groups = collect_groups(input);
  const std::int64_t needed = fractions[index_of(Part::valid)] > 0 ? 3 : 2;
  if (static_cast<std::int64_t>(groups.size()) < needed) {
    throw Error(ErrorCode::input, {.where = "split",
                                   .what = "too few groups to keep each in one part",
                                   .got = fmt::format("{}", groups.size()),
                                   .expected = fmt::format("at least {}", needed)});
  }
  std::vector<std::int64_t> order = stream.permutation(static_cast<std::int64_t>(groups.size()));
  std::ranges::stable_sort(
      order, [&](std::int64_t a, std::int64_t b) { return groups[a].rows.size() > groups[b].rows.size(); });
  GroupDealer dealer(fractions, groups);
  std::vector<Part> parts(input.rows);
  for (const std::int64_t g : order) {
    const Part part = dealer.give(groups[g]);
    for (const std::int64_t row : groups[g].rows) parts[row] = part;
  }
  return parts;
}

std::int64_t data_row(const SplitInput& input, std::int64_t i) {
  return input.data_rows.empty() ? i + 1 : input.data_rows[i];
}

std::vector<Part> split_by_column(const SplitInput& input) {
  const std::vector<std::string> known{"train", "valid", "test"};
  std::vector<Part> parts;
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const auto found = std::ranges::find(known, input.column[i]);
    if (found == known.end()) {
      throw Error(ErrorCode::input, {.where = fmt::format("split column, row {}", data_row(input, i)),
                                     .what = "not a part",
                                     .got = fmt::format("'{}'", input.column[i]),
                                     .expected = "train, valid or test",
                                     .hint = did_you_mean(input.column[i], known, 1)});
    }
    parts.push_back(kParts[found - known.begin()]);
  }
  return parts;
}

void require_column(std::size_t given, std::string_view method, std::string_view column) {
  if (given > 0) return;
  throw Error(ErrorCode::usage, {.where = "split",
                                 .what = fmt::format("method '{}' needs a {} column", method, column),
                                 .hint = fmt::format("name one, or choose another method")});
}

// A part that is asked for must have rows; train and test must have rows of every class.
void check_parts(const SplitInput& input, const Split& split) {
  for (const Part part : {Part::train, Part::test}) {
    std::vector<std::int64_t> counts(input.labels.empty() ? 0 : input.classes.size());
    for (std::int64_t i = 0; i < input.rows && !input.labels.empty(); ++i) {
      if (split.parts[i] == part) ++counts[input.labels[i]];
    }
    if (split.count(part) == 0) {
      throw Error(ErrorCode::input, {.where = "split",
                                     .what = fmt::format("the {} part has no rows", to_string(part)),
                                     .got = fmt::format("{} rows in all", input.rows),
                                     .expected = "rows in every part that is asked for",
                                     .hint = "give more rows, other fractions or another split"});
    }
    const auto absent = std::ranges::find(counts, 0);
    if (absent == counts.end()) continue;
    throw Error(
        ErrorCode::input,
        {.where = "split",
         .what = fmt::format("class '{}' has no row in the {} part", input.classes[absent - counts.begin()],
                             to_string(part)),
         .hint = split.method == "stratified" ? "a class needs two rows at least: drop it or add rows"
                                              : "try method stratified, another seed, or drop that class"});
  }
}

void check_input(const SplitInput& input) {
  const auto n = static_cast<std::size_t>(input.rows);
  SONDE_ASSERT(input.labels.empty() || input.labels.size() == n);
  SONDE_ASSERT(input.groups.empty() || input.groups.size() == n);
  SONDE_ASSERT(input.column.empty() || input.column.size() == n);
  if (n >= 2) return;
  throw Error(ErrorCode::input, {.where = "split",
                                 .what = "too few rows to divide",
                                 .got = fmt::format("{}", n),
                                 .expected = "at least 2"});
}

std::vector<Part> parts_by_method(const SplitInput& input, const SplitOptions& options) {
  if (options.method == "column") {
    require_column(input.column.size(), "column", "split");
    return split_by_column(input);
  }
  const Fractions fractions = fractions_of(options);
  const RandomStream stream(static_cast<std::uint64_t>(options.seed), "split");
  if (options.method == "random") return split_random(input, fractions, stream);
  if (options.method == "grouped") {
    require_column(input.groups.size(), "grouped", "group");
    return split_grouped(input, fractions, stream);
  }
  if (options.method == "stratified") {
    require_column(input.labels.size(), "stratified", "label");
    return split_stratified(input, fractions, stream);
  }
  const std::vector<std::string> known{"random", "stratified", "grouped", "column"};
  throw Error(ErrorCode::usage, {.where = "split",
                                 .what = fmt::format("unknown method '{}'", options.method),
                                 .hint = did_you_mean(options.method, known)});
}

}  // namespace

const char* to_string(Part part) {
  switch (part) {
    case Part::train:
      return "train";
    case Part::valid:
      return "valid";
    case Part::test:
      return "test";
  }
  return "";
}

std::vector<std::int64_t> Split::rows_of(Part part) const {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == part) rows.push_back(static_cast<std::int64_t>(i));
  }
  return rows;
}

std::int64_t Split::count(Part part) const { return std::count(parts.begin(), parts.end(), part); }

Split make_split(const SplitInput& input, const SplitOptions& options) {
  check_input(input);
  Split split{.parts = parts_by_method(input, options), .method = options.method, .seed = options.seed};
  check_parts(input, split);
  return split;
}

}  // namespace sonde::data
