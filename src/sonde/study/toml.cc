#include "sonde/study/toml.h"

#include <fmt/core.h>
#include <toml++/toml.h>

#include "sonde/core/error.h"

namespace sonde::study {
namespace {

nlohmann::json to_json(const toml::node& node, std::string_view path) {
  if (const auto* table = node.as_table()) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = to_json(value, path);
    return object;
  }
  if (const auto* array = node.as_array()) {
    nlohmann::json list = nlohmann::json::array();
    for (const toml::node& value : *array) list.push_back(to_json(value, path));
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  throw Error(ErrorCode::usage, {.where = std::string(path),
                                 .what = "a date or time",
                                 .expected = "text, numbers, true, false, lists and sections only",
                                 .path = std::string(path),
                                 .offset = node.source().begin.line});
}

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && key.find_first_not_of(
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789_-") == std::string::npos;
  return bare ? key : nlohmann::json(key).dump();
}

bool is_list_of_sections(const nlohmann::ordered_json& value) {
  return value.is_array() && !value.empty() && value.front().is_object();
}

void write_section(const std::string& header, const nlohmann::ordered_json& section, std::string& out) {
  out += header + "\n";
  for (const auto& [key, value] : section.items()) {
    out += fmt::format("{} = {}\n", key_text(key),
                       value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  out += "\n";
}

}  // namespace

nlohmann::json parse_toml(std::string_view text, std::string_view path) {
  try {
    return to_json(toml::parse(text, path), path);
  } catch (const toml::parse_error& failure) {
    throw Error(ErrorCode::usage, {.where = fmt::format("{}, line {}", path, failure.source().begin.line),
                                   .what = std::string(failure.description()),
                                   .path = std::string(path),
                                   .offset = failure.source().begin.line});
  }
}

std::string write_toml(const nlohmann::ordered_json& object) {
  std::string out;
  for (const auto& [key, value] : object.items()) {
    if (is_list_of_sections(value)) {
      for (const auto& section : value) write_section(fmt::format("[[{}]]", key_text(key)), section, out);
    } else {
      write_section(fmt::format("[{}]", key_text(key)), value, out);
    }
  }
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace sonde::study
