// What each fold of a study chose: part of the result record.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace sonde::result {

/// What one fold chose, on rows that it does not test.
struct FoldChoice {
  std::string at, probe;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< of Result::metric on the rows chosen on
  std::int64_t train = 0, valid = 0, test = 0;              ///< rows of the fold's parts
};

}  // namespace sonde::result
