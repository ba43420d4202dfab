// The letters that shape comments use everywhere, and the checked conversion between integer widths.
//
//   n examples · t tokens · d width · h heads · e head width · f inner width · v vocabulary · l layers · k
//   classes
#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace sonde {

/// Convert an integer to another integer type, or throw when the value does not fit.
/// Errors: std::range_error when `value` is not representable in `To`.
template <class To, class From>
constexpr To narrow(From value) {
  if (!std::in_range<To>(value)) throw std::range_error("integer does not fit its destination type");
  return static_cast<To>(value);
}

}  // namespace sonde
