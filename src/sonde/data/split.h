// Divides examples into train, validation and test, once. Draws from RandomStream, or as another library
// does (replayed_split.h); divisions into folds are in folds.h.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/options.h"

namespace sonde::data {

/// The part of the data an example belongs to; its number is its code in files.
enum class Part : std::uint8_t { train = 0, valid = 1, test = 2 };

/// Give the word for a part.
const char* to_string(Part part);

/// How examples are divided.
struct SplitOptions {
  std::string method = "stratified";
  double test = 0.25;
  double valid = 0.15;
  std::int64_t seed = 0;
  std::string stream = "sonde";
  std::int64_t folds = 5;
  std::int64_t inner = 4;

  template <class V>
  void fields(V& visit) {
    visit("method", method,
          {.help = "how rows are divided: once, into folds of which each is tested once, as the counts of "
                   "[sample] cut them, by values of the number (each wholly in one part), or not at all "
                   "(resubstitution: every row is trained on and tested)",
           .words = {"random", "stratified", "grouped", "column", "kfold", "stratified_kfold", "group_kfold",
                     "nested", "sample", "values", "resubstitution"}});
    visit("test", test,
          {.help = "fraction of all rows kept for the test",
           .larger = "surer scores, weaker probes",
           .low = 0,
           .high = 0.9});
    visit("valid", valid,
          {.help = "fraction of all rows (not of the rest) for choosing",
           .larger = "surer choice, weaker probes",
           .low = 0,
           .high = 0.9});
    visit("seed", seed, {.help = "key of the random stream", .low = 0});
    visit("stream", stream,
          {.help = "whose random numbers divide the rows: ours, or another library's so that a published "
                   "split comes out again (scikit-learn: train_test_split, GroupShuffleSplit, KFold with "
                   "shuffle, GroupKFold; torch: random_split; datasets: train_test_split; numpy, "
                   "numpy_legacy and python: a shuffled list cut into train, valid, test)",
           .words = {"sonde", "scikit-learn", "numpy", "numpy_legacy", "torch", "python", "datasets"}});
    visit("folds", folds,
          {.help = "number of folds of the methods that make folds (test is then 1/folds)",
           .larger = "stronger probes, more fits",
           .low = 2});
    visit("inner", inner,
          {.help = "folds of each fold's training rows, for choosing; method nested only",
           .larger = "surer choice, more fits",
           .low = 2});
  }
};

/// What a split reads of the examples; views only.
/// Shapes: labels, groups, column, targets: [n] or empty.
struct SplitInput {
  std::int64_t rows = 0;
  std::span<const std::int32_t> labels;
  std::span<const std::string> classes;
  std::span<const std::int64_t> groups;
  std::span<const std::string> column;
  std::span<const std::int64_t> data_rows;  ///< 1-based data row per example, for messages; empty: 1 … n
  /// Names of the groups, by id; other libraries number groups in sorted order. Empty: the ids stand for
  /// themselves.
  std::span<const std::string> group_names;
  std::span<const double> targets;  ///< labels as numbers
};

/// The part of every row.
struct Split {
  std::vector<Part> parts;  ///< [n]
  std::string method;
  std::int64_t seed = 0;
  /// [n] train, validation and test, each in the order in which another library's stream drew it, which what
  /// learns row by row depends on; empty: each is as the rows are.
  std::vector<std::int64_t> drawn = {};

  std::vector<std::int64_t> rows_of(Part part) const;  ///< ascending
  std::int64_t count(Part part) const;
};

/// Divide the rows.
/// `grouped` keeps every group in one part and comes as close to the fractions and to the overall class
/// shares as whole groups allow; `column` reads train, valid and test from the column; `values` is
/// parts_by_value(). Errors: usage for fractions that leave nothing to train on, a method that lacks its
/// column or does not divide once by itself, or a stream without that method; input for too few rows or
/// groups, a class without rows in train or test, or an unknown word in the column (row and nearest named).
Split make_split(const SplitInput& input, const SplitOptions& options);

/// Refuse a division whose train or test part is empty or lacks a class. Errors: input, naming the class.
void check_parts(const SplitInput& input, const Split& split);

}  // namespace sonde::data
