// Option structs that describe their fields once. A struct has
//
//   template <class V> void fields(V& visit) {
//     visit("c", c, {.help = "inverse regularisation strength", .larger = "fits closer", .low = 0});
//   }
//
// and command line, TOML, help, provenance and error messages all come from that one description.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/error.h"

namespace sonde {

/// What is said of an option besides its name and default.
struct FieldNotes {
  std::string_view help;    ///< one line
  std::string_view larger;  ///< what a bigger value does; empty where that means nothing
  double low = -std::numeric_limits<double>::infinity();  ///< smallest value allowed
  double high = std::numeric_limits<double>::infinity();  ///< largest value allowed
  std::vector<std::string> words;                         ///< allowed words of a text option; empty: any
  std::vector<std::string> files;  ///< endings of files that a text option may name besides its words
};

/// Tell whether the value of a text option names a file.
bool names_file(const FieldNotes& notes, std::string_view value);

/// One option as help and documentation print it.
struct FieldRecord {
  std::string name;
  std::string type;      ///< "number", "integer", "flag", "text" or "texts"
  nlohmann::json value;  ///< default, or value in force
  FieldNotes notes;
};

/// Set one option from JSON (a TOML value) or from its text on the command line.
/// Errors: usage, naming option, value and what is allowed.
void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  double& target);
void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  std::int64_t& target);
void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  bool& target);
void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  std::string& target);
/// A list of texts; one text alone is a list of one.
void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  std::vector<std::string>& target);

namespace options_detail {
inline const char* type_name(const double&) { return "number"; }
inline const char* type_name(const std::int64_t&) { return "integer"; }
inline const char* type_name(const bool&) { return "flag"; }
inline const char* type_name(const std::string&) { return "text"; }
inline const char* type_name(const std::vector<std::string>&) { return "texts"; }
[[noreturn]] void unknown_option(std::string_view owner, std::string_view name,
                                 const std::vector<FieldRecord>& known);
}  // namespace options_detail

/// List the options of a struct with the values it holds.
template <class Options>
std::vector<FieldRecord> field_records(Options options) {
  std::vector<FieldRecord> records;
  auto visit = [&](std::string_view name, auto& value, FieldNotes notes) {
    records.push_back({std::string(name), options_detail::type_name(value), value, std::move(notes)});
  };
  options.fields(visit);
  return records;
}

/// Set the fields of `options` from a JSON object; values may be text, as a command line gives them.
/// `owner` names the options in messages, for example "probe logistic".
/// Errors: usage for an unknown key (nearest named), a wrong type or a value out of range.
template <class Options>
void assign_options(std::string_view owner, const nlohmann::json& given, Options& options) {
  const std::vector<FieldRecord> records = field_records(options);
  for (const auto& [key, value] : given.items()) {
    bool found = false;
    std::size_t i = 0;
    auto visit = [&](std::string_view name, auto& target, const FieldNotes&) {
      const FieldRecord& record = records[i++];
      if (name != key) return;
      assign_field(owner, record, value, target);
      found = true;
    };
    options.fields(visit);
    if (!found) options_detail::unknown_option(owner, key, records);
  }
}

/// Give the options as a JSON object, in field order.
template <class Options>
nlohmann::ordered_json options_to_json(const Options& options) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const FieldRecord& record : field_records(options)) object[record.name] = record.value;
  return object;
}

/// Split `KIND:name=value,name=value` into its kind and a JSON object of texts.
/// Errors: usage when a part has no '='.
std::pair<std::string, nlohmann::json> parse_kind_and_options(std::string_view text);

}  // namespace sonde
