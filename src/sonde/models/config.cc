#include "sonde/models/config.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <sstream>

#include "sonde/core/error.h"

namespace sonde::models {

void Config::refuse(std::string_view key, std::string got, std::string expected) {
  throw Error(ErrorCode::input, {.where = "config.json, '" + std::string(key) + "'",
                                 .what = "value not allowed",
                                 .got = std::move(got),
                                 .expected = std::move(expected)});
}

Config Config::parse(std::string_view text) {
  Config config;
  try {
    config.values_ = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& failure) {
    throw Error(ErrorCode::input, {.where = "config.json",
                                   .what = "not valid JSON",
                                   .hint = "fetch the model folder again",
                                   .path = "config.json",
                                   .offset = static_cast<std::int64_t>(failure.byte)});
  }
  if (!config.values_.is_object()) {
    throw Error(ErrorCode::input, {.where = "config.json", .what = "not a JSON object"});
  }
  return config;
}

const nlohmann::json* Config::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() || found->is_null() ? nullptr : &*found;
}

std::string Config::model_class(std::string_view otherwise) const {
  const nlohmann::json* classes = find("architectures");
  if (classes == nullptr || !classes->is_array() || classes->empty() || !classes->front().is_string()) {
    return std::string(otherwise);
  }
  return classes->front().get<std::string>();
}

std::int64_t Config::whole_number(std::string_view key, std::int64_t least) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) refuse(key, "nothing", "a whole number");
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  const bool whole = value->is_number_unsigned() || value->is_number_integer();
  if (!whole || value->get<double>() < static_cast<double>(least) ||
      value->get<double>() > static_cast<double>(kLargest)) {
    refuse(key, value->dump(), fmt::format("a whole number from {} to {}", least, kLargest));
  }
  return value->get<std::int64_t>();
}

std::int64_t Config::size(std::string_view key) const { return whole_number(key, 1); }

std::int64_t Config::count(std::string_view key, std::int64_t otherwise) const {
  return find(key) == nullptr ? otherwise : whole_number(key, 0);
}

std::optional<std::int32_t> Config::token(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const nlohmann::json& id = value->is_array() && !value->empty() ? value->front() : *value;
  if (!id.is_number_integer() || id.get<double>() < 0 ||
      id.get<double>() > std::numeric_limits<std::int32_t>::max()) {
    refuse(key, value->dump(), "a token's id");
  }
  return id.get<std::int32_t>();
}

bool Config::is_null(std::string_view key) const {
  const auto found = values_.find(key);
  return found != values_.end() && found->is_null();
}

std::vector<std::string> Config::texts(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return {};
  const auto is_text = [](const nlohmann::json& entry) { return entry.is_string(); };
  if (!value->is_array() || !std::ranges::all_of(*value, is_text)) {
    refuse(key, value->dump(), "a list of texts");
  }
  return value->get<std::vector<std::string>>();
}

std::vector<std::string> Config::alternatives(std::string_view key) const {
  const nlohmann::json* value = find(key);
  std::vector<std::string> words;
  if (value != nullptr && value->is_string()) {
    std::stringstream parts(value->get<std::string>());
    for (std::string part; std::getline(parts, part, '|');) words.push_back(part);
  } else {
    words = texts(key);
  }
  for (std::string& word : words) {
    std::erase(word, ' ');
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  }
  return words;
}

std::vector<double> Config::numbers(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return {};
  const auto is_finite = [](const nlohmann::json& entry) {
    return entry.is_number() && std::isfinite(entry.get<double>());
  };
  if (!value->is_array() || !std::ranges::all_of(*value, is_finite)) {
    refuse(key, value->dump().substr(0, 80), "a list of finite numbers");
  }
  return value->get<std::vector<double>>();
}

std::int64_t Config::size(std::string_view key, std::int64_t otherwise) const {
  return find(key) == nullptr ? otherwise : size(key);
}

std::int64_t Config::layer_count(std::string_view key) const {
  constexpr std::int64_t kMost = 4096;
  const std::int64_t layers = size(key);
  if (layers > kMost) refuse(key, std::to_string(layers), "at most 4096 layers");
  return layers;
}

std::int64_t Config::layer_count(std::string_view key, std::int64_t otherwise) const {
  return find(key) == nullptr ? otherwise : layer_count(key);
}

double Config::number(std::string_view key, double otherwise) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_number() || !std::isfinite(value->get<double>()))
    refuse(key, value->dump(), "a finite number");
  return value->get<double>();
}

std::int64_t Config::label_count() const {
  const std::optional<Config> labels = object("id2label");
  if (!labels) return size("num_labels", 2);
  if (labels->values_.empty()) refuse("id2label", "no entry", "a name for each class");
  return static_cast<std::int64_t>(labels->values_.size());
}

bool Config::flag(std::string_view key, bool otherwise) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) refuse(key, value->dump(), "true or false");
  return value->get<bool>();
}

std::string Config::text(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr || !value->is_string())
    refuse(key, value == nullptr ? "nothing" : value->dump(), "a text");
  return value->get<std::string>();
}

std::string Config::text(std::string_view key, std::string_view otherwise) const {
  return find(key) == nullptr ? std::string(otherwise) : text(key);
}

kernels::Activation Config::activation(std::string_view key, std::string_view otherwise) const {
  return kernels::activation_named(text(key, otherwise));
}

std::optional<Config> Config::object(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) refuse(key, value->dump(), "an object");
  Config inner;
  inner.values_ = *value;
  return inner;
}

}  // namespace sonde::models
