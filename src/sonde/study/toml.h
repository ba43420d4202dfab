// TOML text to and from the JSON values that option structs read. Knows no keys.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sonde::study {

/// Parse TOML. Errors: usage with path and line when malformed, or for a date, which no study holds.
nlohmann::json parse_toml(std::string_view text, std::string_view path);

/// Write a JSON object of objects (sections), arrays of objects and plain values as TOML, in the object's
/// order.
std::string write_toml(const nlohmann::ordered_json& object);

}  // namespace sonde::study
