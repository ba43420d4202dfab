// Reads single values of tokenizer_config.json. Refuses what makes no sense rather than guess.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sonde/text/tokenizer_files_internal.h"

namespace sonde::text {

/// Throw Error{input} over the value of a key.
[[noreturn]] void refuse_config(const TokenizerFiles& files, const std::string& key,
                                const std::string& expected);

/// Give a flag, or nothing when it is absent or null.
std::optional<bool> config_flag(const TokenizerFiles& files, const std::string& key);

/// Give a special token: a text, or an object with its text as "content".
std::optional<std::string> config_token(const TokenizerFiles& files, const std::string& key);

/// Refuse a tokenizer_class that is not one of `known`: without tokenizer.json the rules of a class are ours
/// to know, and a class we do not know would be encoded wrongly.
void check_class(const TokenizerFiles& files, std::span<const std::string_view> known);

}  // namespace sonde::text
