#include "sonde/data/split.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/core/random.h"
#include "sonde/data/folds.h"
#include "sonde/data/group_deal.h"
#include "sonde/data/replayed_split.h"
#include "sonde/data/value_split.h"

namespace sonde::data {
namespace {

constexpr std::array kParts{Part::train, Part::valid, Part::test};

using Fractions = std::array<double, 3>;  // of all rows, by Part
using Counts = std::array<std::int64_t, 3>;

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

std::vector<Part> split_grouped(const SplitInput& input, const Fractions& fractions,
                                const RandomStream& stream) {
  const GroupedRows rows{input.groups, input.labels, static_cast<std::int64_t>(input.classes.size())};
  std::vector<Part> parts;
  for (const std::size_t part : deal_groups(rows, fractions, stream)) parts.push_back(kParts[part]);
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

void require_known_method(const std::string& method) {
  const std::vector<std::string> once{"random", "stratified", "grouped", "column", "values"};
  if (std::ranges::find(once, method) != once.end()) return;
  if (makes_folds(method)) {
    throw Error(ErrorCode::usage,
                {.where = "split",
                 .what = fmt::format("method '{}' divides the rows several times", method),
                 .expected = "one division: random, stratified, grouped, column or values"});
  }
  throw Error(ErrorCode::usage, {.where = "split",
                                 .what = fmt::format("unknown method '{}'", method),
                                 .hint = did_you_mean(method, once)});
}

Split divide(const SplitInput& input, const SplitOptions& options) {
  require_known_method(options.method);
  require_stream_of_method(options);
  if (options.method == "column") {
    require_column(input.column.size(), "column", "split");
    return {.parts = split_by_column(input), .method = {}};
  }
  if (options.method == "stratified") require_column(input.labels.size(), "stratified", "label");
  if (options.method == "grouped") require_column(input.groups.size(), "grouped", "group");
  const Fractions fractions = fractions_of(options);
  if (options.method == "values") return {.parts = parts_by_value(input, options), .method = {}};
  if (options.stream != "sonde") return replayed_split(input, options);
  const RandomStream stream(static_cast<std::uint64_t>(options.seed), "split");
  if (options.method == "random") return {.parts = split_random(input, fractions, stream), .method = {}};
  if (options.method == "grouped") return {.parts = split_grouped(input, fractions, stream), .method = {}};
  return {.parts = split_stratified(input, fractions, stream), .method = {}};
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

Split make_split(const SplitInput& input, const SplitOptions& options) {
  check_input(input);
  Split split = divide(input, options);
  split.method = options.method;
  split.seed = options.seed;
  check_parts(input, split);
  return split;
}

}  // namespace sonde::data
