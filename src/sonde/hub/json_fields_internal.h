// Members of JSON objects that others wrote: what is absent or of another type counts as not said.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace sonde::hub {

/// Give a count, or -1. Shapes: `entry` is a JSON object.
inline std::int64_t size_of(const nlohmann::json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_number_unsigned() ? found->get<std::int64_t>() : -1;
}

/// Give a text, or an empty one.
inline std::string text_of(const nlohmann::json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace sonde::hub
