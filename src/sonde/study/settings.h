// Changes single keys of a study before it is read: `sample.train=200`, `probes.*.steps=500`. It knows no
// keys; reading the study refuses those that do not exist.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace sonde::study {

/// Set a key of the sections of a study. `setting` is PATH=VALUE: names joined by dots, a number for an entry
/// of a list, `*` for all of them; a value is read as TOML and, where it is none, taken as text.
/// Errors: usage for a setting without a path or '=', and for an entry that a list does not have.
void apply_setting(nlohmann::json& sections, std::string_view setting);

}  // namespace sonde::study
