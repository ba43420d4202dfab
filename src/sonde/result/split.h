// How the rows of a study were divided: part of the result record.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace sonde::result {

/// Which rows of the data each part has, 1-based, in the order they were used; of token occurrences, the
/// documents they stand in.
struct PartRows {
  std::vector<std::int64_t> train, valid, test;
};

/// Sizes of the parts and how they were made.
struct Split {
  std::int64_t train = 0, valid = 0,
               test = 0;  ///< with folds test counts all rows, the others a fold's (mean)
  std::string method;     ///< as [split] names it: random, grouped, kfold, …
  std::int64_t seed = 0;
  std::string group;  ///< group column, empty when rows were split singly
  std::int64_t train_groups = 0, valid_groups = 0, test_groups = 0;
  std::int64_t folds = 0;  ///< 0: divided once
  PartRows rows;           ///< empty unless predictions were asked for
};

/// What one fold chose, on rows that it does not test.
struct FoldChoice {
  std::string at, probe, variant;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< of Result::metric on the rows chosen on
  std::int64_t train = 0, valid = 0, test = 0;              ///< rows of the fold's parts
};

}  // namespace sonde::result
