#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/text/tokenizer_config_internal.h"

namespace sonde::text {

void refuse_config(const TokenizerFiles& files, const std::string& key, const std::string& expected) {
  throw Error(ErrorCode::input, {.where = files.config_path,
                                 .what = fmt::format("the value of '{}' makes no sense", key),
                                 .got = files.config.at(key).dump().substr(0, 80),
                                 .expected = expected,
                                 .path = files.config_path});
}

std::optional<bool> config_flag(const TokenizerFiles& files, const std::string& key) {
  const auto found = files.config.find(key);
  if (found == files.config.end() || found->is_null()) return std::nullopt;
  if (!found->is_boolean()) refuse_config(files, key, "true or false");
  return found->get<bool>();
}

std::optional<std::string> config_token(const TokenizerFiles& files, const std::string& key) {
  const auto found = files.config.find(key);
  if (found == files.config.end() || found->is_null()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_object() && found->contains("content") && found->at("content").is_string()) {
    return found->at("content").get<std::string>();
  }
  refuse_config(files, key, "a text, or an object with 'content'");
}

void check_class(const TokenizerFiles& files, std::span<const std::string_view> known) {
  const std::string name = files.config.value("tokenizer_class", nlohmann::json()).is_string()
                               ? files.config["tokenizer_class"].get<std::string>()
                               : "";
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
  throw Error(ErrorCode::input,
              {.where = files.config_path,
               .what = fmt::format("a {} cannot be opened from {}", name, files.files.front().name),
               .expected = fmt::format("one like {}", known.front()),
               .hint = "save its tokenizer.json with transformers and put it into the folder",
               .path = files.config_path});
}

}  // namespace sonde::text
