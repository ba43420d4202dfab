#include "sonde/study/settings.h"

#include <fmt/core.h>

#include <charconv>
#include <string>

#include "sonde/core/error.h"
#include "sonde/study/toml.h"

namespace sonde::study {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(std::string_view setting, std::string what, std::string expected) {
  throw Error(ErrorCode::usage, {.where = "--set",
                                 .what = std::move(what),
                                 .got = std::string(setting),
                                 .expected = std::move(expected)});
}

Json value_of(std::string_view text) {
  try {
    return parse_toml(fmt::format("value = {}\n", text), "--set").at("value");
  } catch (const Error&) {
    return std::string(text);
  }
}

// Sets `path` below `node`; a step makes the section that is not there.
void set(Json& node, std::string_view path, const Json& value, std::string_view setting) {
  if (path.empty()) {
    node = value;
    return;
  }
  const std::size_t dot = path.find('.');
  const std::string_view step = path.substr(0, dot);
  const std::string_view rest = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  if (step.empty()) refuse(setting, "an empty name", "PATH=VALUE such as sample.train=200");
  if (node.is_null() || node.is_object()) return set(node[std::string(step)], rest, value, setting);
  if (!node.is_array()) {
    refuse(setting, fmt::format("there is no '{}' in a plain value", step),
           "a path that ends at the key, such as sample.train=200");
  }
  if (step == "*") {
    for (Json& entry : node) set(entry, rest, value, setting);
    return;
  }
  std::size_t index = node.size();
  std::from_chars(step.data(), step.data() + step.size(), index);
  if (index >= node.size()) {
    refuse(setting, fmt::format("the list has no entry '{}'", step),
           fmt::format("0 to {}, or * for all", node.size() - 1));
  }
  set(node[index], rest, value, setting);
}

}  // namespace

void apply_setting(Json& sections, std::string_view setting) {
  const std::size_t equals = setting.find('=');
  if (equals == setting.npos || equals == 0)
    refuse(setting, "not a setting", "PATH=VALUE such as sample.train=200");
  set(sections, setting.substr(0, equals), value_of(setting.substr(equals + 1)), setting);
}

}  // namespace sonde::study
