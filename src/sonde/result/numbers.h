// What a result holds where numbers and not classes were predicted. Plain values only.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace sonde::result {

/// The targets of the examples that were used.
struct TargetSummary {
  double min = std::numeric_limits<double>::quiet_NaN();
  double median = min, mean = min, max = min;
  bool whole = false;  ///< every one is a whole number
};

/// What one test row is, and what the best probe says of it.
struct NumberPair {
  double truth = 0, predicted = 0;
};

/// A test row for which the best probe is far off.
struct NumberError {
  std::int64_t row = 0;  ///< 1-based data row of the file
  std::string text, group;
  double truth = 0, predicted = 0;
};

/// How the best probe's numbers lie on test; empty for classes.
struct BestNumbers {
  std::vector<NumberPair> pairs;    ///< in the order of the rows; every k-th where test has over a thousand
  std::vector<NumberError> errors;  ///< farthest off first, at most a few dozen
  double median_error = std::numeric_limits<double>::quiet_NaN();  ///< of the absolute errors of all rows
};

}  // namespace sonde::result
