#include "sonde/data/sampled_split.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

void append(std::span<const std::int64_t> rows, std::int64_t first, Part part, DrawnRows& drawn) {
  for (const std::int64_t row : rows) drawn.rows.push_back(first + row);
  drawn.parts.insert(drawn.parts.end(), rows.size(), part);
}

void require_left(std::int64_t rows, std::int64_t used, Part part) {
  if (rows > used) return;
  throw Error(ErrorCode::usage,
              {.where = "[sample]",
               .what = fmt::format("the counts leave no row for the {} part", to_string(part)),
               .got = fmt::format("{} of {} rows are used before it", used, rows),
               .hint = "lower the counts of the other parts"});
}

struct Cut {
  Part part;
  std::int64_t count;
};

// Draws a sample of a table and cuts it into parts one after the other; the last takes the rest when its
// count is 0.
void cut_table(Sampler& sampler, std::int64_t rows, std::int64_t first, std::span<const Cut> cuts,
               DrawnRows& drawn) {
  std::int64_t wanted = 0;
  for (const Cut& cut : cuts) wanted += cut.count;
  const std::vector<std::int64_t> order = sampler.draw(rows, cuts.back().count == 0 ? 0 : wanted);
  std::span<const std::int64_t> left(order);
  for (const Cut& cut : cuts) {
    const bool rest = &cut == &cuts.back() && cut.count == 0;
    if (rest) require_left(rows, wanted, cut.part);
    const auto here = rest ? left : left.first(std::min(left.size(), static_cast<std::size_t>(cut.count)));
    append(here, first, cut.part, drawn);
    left = left.subspan(here.size());
  }
}

}  // namespace

DrawnRows cut_sample(const TableSizes& sizes, const SampleOptions& options) {
  Sampler sampler(options);
  DrawnRows drawn;
  const Cut train{Part::train, options.train}, valid{Part::valid, options.valid},
      test{Part::test, options.test};
  if (sizes.test_rows > 0) {
    cut_table(sampler, sizes.rows, 0, std::array{train}, drawn);
    cut_table(sampler, sizes.test_rows, sizes.rows, std::array{valid, test}, drawn);
    return drawn;
  }
  if (options.train == 0) {
    throw Error(ErrorCode::usage, {.where = "[split] method sample",
                                   .what = "the sample does not say how many rows are for training",
                                   .expected = "[sample] train, and valid and test (0: the rest)",
                                   .hint = "give the counts, or another method of division"});
  }
  cut_table(sampler, sizes.rows, 0, std::array{train, valid, test}, drawn);
  return drawn;
}

DrawnRows draw_parts(const Split& split, const SampleOptions& options) {
  Sampler sampler(options);
  DrawnRows drawn;
  const std::pair<Part, std::int64_t> counts[] = {
      {Part::train, options.train}, {Part::valid, options.valid}, {Part::test, options.test}};
  for (const auto& [part, count] : counts) {
    const std::vector<std::int64_t> rows = split.rows_of(part);
    if (rows.empty() && count == 0) continue;
    const std::string name = fmt::format("{} part", to_string(part));
    std::vector<std::int64_t> chosen;
    for (const std::int64_t place : sampler.draw(static_cast<std::int64_t>(rows.size()), count, name.c_str()))
      chosen.push_back(rows[place]);
    append(chosen, 0, part, drawn);
  }
  return drawn;
}

std::vector<Part> parts_of_tables(const SplitInput& input, const TableSizes& sizes, SplitOptions options) {
  const std::array<std::string_view, 3> methods{"random", "stratified", "grouped"};
  if (std::ranges::find(methods, options.method) == methods.end()) {
    throw Error(ErrorCode::usage,
                {.where = "split",
                 .what = fmt::format("method '{}' does not go with a table for tests", options.method),
                 .expected = "random, stratified, grouped or sample",
                 .hint = "leave the table out, or choose one of these"});
  }
  std::vector<Part> parts(sizes.rows, Part::train);
  parts.resize(input.rows, Part::test);
  if (options.valid == 0) return parts;
  const auto of_test = [&](auto all) { return all.empty() ? all : all.subspan(sizes.rows); };
  options.test /= options.test + options.valid;
  options.valid = 0;
  const Split split = make_split({.rows = sizes.test_rows,
                                  .labels = of_test(input.labels),
                                  .classes = input.classes,
                                  .groups = of_test(input.groups),
                                  .data_rows = of_test(input.data_rows),
                                  .group_names = input.group_names},
                                 options);
  for (std::int64_t i = 0; i < sizes.test_rows; ++i)
    if (split.parts[i] == Part::train) parts[sizes.rows + i] = Part::valid;
  return parts;
}

}  // namespace sonde::data
