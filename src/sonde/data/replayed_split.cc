#include "sonde/data/replayed_split.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/data/examples.h"
#include "sonde/replay/datasets_split.h"
#include "sonde/replay/numpy_generator.h"
#include "sonde/replay/numpy_random_state.h"
#include "sonde/replay/python_random.h"
#include "sonde/replay/scikit_learn_shuffle.h"
#include "sonde/replay/torch_random_split.h"

namespace sonde::data {
namespace {

using Rows = std::vector<std::int64_t>;
using Words = std::vector<std::string>;

// What each stream can divide by. `sonde` can do everything and `column` draws nothing.
const std::map<std::string, Words>& methods_of_streams() {
  static const std::map<std::string, Words> methods{
      {"scikit-learn",
       {"random", "stratified", "grouped", "kfold", "stratified_kfold", "group_kfold", "nested"}},
      {"numpy", {"random", "values"}},
      {"numpy_legacy", {"random", "values"}},
      {"torch", {"random", "values"}},
      {"python", {"random", "values"}},
      {"datasets", {"random"}}};
  return methods;
}

Rows picked(std::span<const std::int64_t> rows, const Rows& places) {
  Rows chosen;
  for (const std::int64_t place : places) chosen.push_back(rows[place]);
  return chosen;
}

replay::TrainTest as_scikit_learn(const SplitInput& input, std::string_view method,
                                  std::span<const std::int64_t> rows, double test, std::int64_t seed) {
  if (method == "stratified") {
    std::vector<std::int32_t> labels;
    for (const std::int64_t row : rows) labels.push_back(input.labels[row]);
    return replay::stratified_train_test_split(labels, test, seed);
  }
  if (method == "grouped") {
    const Rows ids = sorted_group_ids(input);
    Rows groups;
    for (const std::int64_t row : rows) groups.push_back(ids[row]);
    return replay::group_shuffle_split(groups, test, seed);
  }
  return replay::train_test_split(static_cast<std::int64_t>(rows.size()), test, seed);
}

// Rows of the parts in the order in which they were drawn.
Split drawn_split(const Rows& train, const Rows& valid, const Rows& test) {
  Split split{.parts = std::vector<Part>(train.size() + valid.size() + test.size()), .method = {}};
  for (const auto& [rows, part] :
       {std::pair{&train, Part::train}, std::pair{&valid, Part::valid}, std::pair{&test, Part::test}}) {
    for (const std::int64_t row : *rows) split.parts[row] = part;
    split.drawn.insert(split.drawn.end(), rows->begin(), rows->end());
  }
  return split;
}

Rows all_rows(std::int64_t n) {
  Rows rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Test rows first, then valid rows of the training side in the order in which it was given.
template <class HoldOut>
Split held_out_twice(std::int64_t n, const SplitOptions& options, HoldOut hold_out) {
  HeldRows first = hold_out(all_rows(n), options.test);
  HeldRows second{std::move(first.kept), {}};
  if (options.valid > 0) second = hold_out(second.kept, options.valid / (1 - options.test));
  return drawn_split(second.kept, second.held, first.held);
}

// What 1 - test - valid stands for, without the last digits' rounding: 0.6, not 0.59999….
double train_fraction(const SplitOptions& options) {
  return std::round((1 - options.test - options.valid) * 1e12) / 1e12;
}

Split cut(const Rows& order, const SplitOptions& options) {
  const auto count = [&](double fraction) {
    return static_cast<std::ptrdiff_t>(fraction * static_cast<double>(order.size()));
  };
  const auto train = order.begin() + count(train_fraction(options)), valid = train + count(options.valid);
  return drawn_split({order.begin(), train}, {train, valid}, {valid, order.end()});
}

Split as_torch(std::int64_t n, const SplitOptions& options) {
  std::vector<double> fractions{train_fraction(options), options.valid, options.test};
  const bool valid = options.valid > 0;
  if (!valid) fractions.erase(fractions.begin() + 1);
  const auto divided = replay::torch_random_split(n, fractions, static_cast<std::uint64_t>(options.seed));
  return drawn_split(divided[0], valid ? divided[1] : Rows(), divided.back());
}

}  // namespace

void require_stream_of_method(const SplitOptions& options) {
  if (options.stream == "sonde") return;
  const auto found = methods_of_streams().find(options.stream);
  if (found == methods_of_streams().end()) {
    Words known{"sonde"};
    for (const auto& [stream, methods] : methods_of_streams()) known.push_back(stream);
    throw Error(ErrorCode::usage, {.where = "split",
                                   .what = fmt::format("unknown stream '{}'", options.stream),
                                   .hint = did_you_mean(options.stream, known)});
  }
  if (std::ranges::find(found->second, options.method) != found->second.end()) return;
  throw Error(ErrorCode::usage,
              {.where = "split",
               .what = fmt::format("the stream '{}' does not divide by '{}'", options.stream, options.method),
               .expected = fmt::format("method {}", fmt::join(found->second, ", ")),
               .hint = options.method == "column" ? "a column draws nothing: leave the stream out"
                                                  : "choose stream sonde or scikit-learn, or that method"});
}

std::vector<std::int64_t> sorted_group_ids(const SplitInput& input) {
  Rows ids(input.groups.begin(), input.groups.end());
  if (input.group_names.empty()) return ids;
  std::vector<std::string> names(input.group_names.begin(), input.group_names.end());
  sort_class_names(names);
  std::map<std::string_view, std::int64_t> place;
  for (const std::string& name : names) place.emplace(name, static_cast<std::int64_t>(place.size()));
  for (std::int64_t& id : ids) id = place.at(input.group_names[id]);
  return ids;
}

HeldRows hold_out_as_scikit_learn(const SplitInput& input, std::string_view method,
                                  std::span<const std::int64_t> rows, double held, std::int64_t seed) {
  const replay::TrainTest split = as_scikit_learn(input, method, rows, held, seed);
  return {picked(rows, split.train), picked(rows, split.test)};
}

Split replayed_split(const SplitInput& input, const SplitOptions& options) {
  const auto seed = static_cast<std::uint64_t>(options.seed);
  if (options.stream == "scikit-learn") {
    return held_out_twice(input.rows, options, [&](const Rows& rows, double held) {
      return hold_out_as_scikit_learn(input, options.method, rows, held, options.seed);
    });
  }
  if (options.stream == "datasets") {
    return held_out_twice(input.rows, options, [&](const Rows& rows, double held) {
      const auto n = static_cast<std::int64_t>(rows.size());
      const replay::TrainTest split = replay::datasets_train_test_split(n, held, seed);
      return HeldRows{picked(rows, split.train), picked(rows, split.test)};
    });
  }
  if (options.stream == "torch") return as_torch(input.rows, options);
  if (options.stream == "python")
    return cut(replay::PythonRandom(options.seed).shuffled(input.rows), options);
  if (options.stream == "numpy") return cut(replay::NumpyGenerator(seed).permutation(input.rows), options);
  return cut(replay::NumpyRandomState(options.seed).permutation(input.rows), options);
}

}  // namespace sonde::data
