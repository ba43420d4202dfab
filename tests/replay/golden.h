// The streams that other libraries drew, as tests/golden/replay_streams.py recorded them.
#pragma once

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sonde::replay {

inline const nlohmann::json& golden() {
  static const nlohmann::json data =
      nlohmann::json::parse(std::ifstream(std::string(SONDE_TEST_DATA) + "/replay/streams.json"));
  return data;
}

using Integers = std::vector<std::int64_t>;
using Doubles = std::vector<double>;
using Floats = std::vector<float>;

/// Draw `count` numbers one by one.
template <class Draw>
auto drawn(std::size_t count, Draw draw) {
  std::vector<decltype(draw())> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(draw());
  return values;
}

/// FNV-1a of the bytes, as the script computes it.
template <class T>
std::uint64_t fnv(const std::vector<T>& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  for (std::size_t i = 0; i < values.size() * sizeof(T); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}

}  // namespace sonde::replay
