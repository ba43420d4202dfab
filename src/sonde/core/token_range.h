// Some neighbouring tokens of a text.
#pragma once

#include <cstdint>

namespace sonde {

/// A half-open range of the tokens of a text.
struct TokenRange {
  std::int64_t first = 0;
  std::int64_t end = 0;

  /// Count the tokens.
  std::int64_t count() const { return end - first; }
  bool operator==(const TokenRange&) const = default;
};

}  // namespace sonde
