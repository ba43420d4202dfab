// Some of a list, by index.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde {

/// Give the chosen of a list, in their order; of an empty list none, as of what is not known.
template <class T>
std::vector<T> gathered(std::span<const T> all, std::span<const std::int64_t> chosen) {
  std::vector<T> some;
  if (all.empty()) return some;
  some.reserve(chosen.size());
  for (const std::int64_t i : chosen) some.push_back(all[i]);
  return some;
}
template <class T>
std::vector<T> gathered(const std::vector<T>& all, std::span<const std::int64_t> chosen) {
  return gathered(std::span<const T>(all), chosen);
}

}  // namespace sonde
