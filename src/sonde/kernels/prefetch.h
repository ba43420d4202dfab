// Fetching what a loop will read soon, where rows lie too far apart for the processor to see where reading
// goes on.
#pragma once

#include <cstdint>

namespace sonde::kernels {

/// Ask for `size` numbers, a line at a time; they may lie anywhere.
inline void prefetch(const float* x, std::int64_t size) {
  constexpr std::int64_t kLine = 64 / sizeof(float);
  for (std::int64_t j = 0; j < size; j += kLine) __builtin_prefetch(x + j);
}

}  // namespace sonde::kernels
