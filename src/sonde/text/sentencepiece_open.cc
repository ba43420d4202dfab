#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "sonde/core/error.h"
#include "sonde/text/sentencepiece_open_internal.h"
#include "sonde/text/tokenizer_config_internal.h"
#include "sonde_shim_cpp.h"

namespace sonde::text {
namespace {

using Json = nlohmann::json;

/// A token that is matched whole, as transformers describes one.
struct AddedToken {
  std::string content;
  bool special = false;
  bool normalized = true;
  bool strip_left = false;
  bool strip_right = false;
  bool single_word = false;
};

/// A class of tokenizers, and what it takes for granted.
struct Class {
  std::int32_t rules;
  std::string_view file;
  std::string_view model_type;
  std::array<std::string_view, 2> names;
  bool lower_case;
  std::string_view unknown;
  std::string_view padding;
};

constexpr std::array<Class, 2> kClasses = {{{SONDE_UNIGRAM_DEBERTA,
                                             "spm.model",
                                             "deberta-v2",
                                             {"DebertaV2Tokenizer", "DebertaV2TokenizerFast"},
                                             false,
                                             "[UNK]",
                                             "[PAD]"},
                                            {SONDE_UNIGRAM_ALBERT,
                                             "spiece.model",
                                             "albert",
                                             {"AlbertTokenizer", "AlbertTokenizerFast"},
                                             true,
                                             "<unk>",
                                             "<pad>"}}};

[[noreturn]] void refuse_file(const TokenizerFile& file, const std::string& what,
                              const std::string& expected) {
  throw Error(ErrorCode::input, {.where = file.path, .what = what, .expected = expected, .path = file.path});
}

const Class& class_of(const TokenizerFiles& files) {
  const TokenizerFile& model = files.files.front();
  const Class& found = *std::ranges::find(kClasses, model.name, &Class::file);
  check_class(files, found.names);
  const bool named = files.config.contains("tokenizer_class") && files.config["tokenizer_class"].is_string();
  // Many classes call their model spiece.model; only its owner tells them apart.
  if (named || files.model_type == found.model_type) return found;
  if (files.model_type.empty() && found.rules == SONDE_UNIGRAM_DEBERTA) return found;
  throw Error(ErrorCode::input,
              {.where = model.path,
               .what = "SentencePiece model of a class that is not known",
               .got = files.model_type.empty() ? "no model_type" : files.model_type,
               .expected = std::string(found.model_type),
               .hint = "save its tokenizer.json with transformers and put it into the folder",
               .path = model.path});
}

/// Read a token from its JSON: a text, which is special and not normalised, or an object.
std::optional<AddedToken> token_of(const Json& value, std::optional<bool> special) {
  if (value.is_string())
    return AddedToken{.content = value.get<std::string>(), .special = true, .normalized = false};
  if (!value.is_object() || !value.contains("content") || !value["content"].is_string()) return std::nullopt;
  const auto flag = [&](const char* name, bool otherwise) {
    const auto found = value.find(name);
    return found != value.end() && found->is_boolean() ? found->get<bool>() : otherwise;
  };
  AddedToken token{.content = value["content"].get<std::string>()};
  token.special = special.value_or(flag("special", false));
  token.normalized = flag("normalized", !token.special);
  token.strip_left = flag("lstrip", false);
  token.strip_right = flag("rstrip", false);
  token.single_word = flag("single_word", false);
  return token;
}

/// Gathers the tokens of a folder in the order in which transformers adds them, which decides new ids.
class TokenList {
 public:
  TokenList(const TokenizerFiles& files, const Class& rules) : files_(files) {
    if (!read_decoder()) read_token_files();
    for (const auto& [key, otherwise] : defaults(rules)) add_named(key, otherwise);
    add_extra();
    for (AddedToken& token : tokens_)
      token.special |= std::ranges::find(named_, token.content) != named_.end();
  }

  const std::vector<AddedToken>& tokens() const { return tokens_; }
  bool has_extra() const { return has_extra_; }
  std::string named(const std::string& key) const { return named_of_.at(key); }

 private:
  using Names = std::vector<std::pair<std::string, std::string>>;
  static Names defaults(const Class& rules) {
    return {{"bos_token", "[CLS]"},
            {"eos_token", "[SEP]"},
            {"unk_token", std::string(rules.unknown)},
            {"sep_token", "[SEP]"},
            {"pad_token", std::string(rules.padding)},
            {"cls_token", "[CLS]"},
            {"mask_token", "[MASK]"}};
  }
  void add(AddedToken token) {
    if (std::ranges::find(tokens_, token.content, &AddedToken::content) == tokens_.end())
      tokens_.push_back(std::move(token));
  }
  [[noreturn]] void refuse_token(const std::string& key, const Json& value) const;
  bool read_decoder();
  void read_token_files();
  void add_named(const std::string& key, const std::string& otherwise);
  void add_extra();

  const TokenizerFiles& files_;
  Json named_json_ = Json::object();  // special_tokens_map.json, which counts before the configuration
  std::vector<AddedToken> tokens_;
  std::vector<std::string> named_;
  std::map<std::string, std::string> named_of_;
  bool has_extra_ = false;
};

void TokenList::refuse_token(const std::string& key, const Json& value) const {
  throw Error(ErrorCode::input,
              {.where = fmt::format("tokens beside {}", files_.files.front().path),
               .what = fmt::format("the value of '{}' makes no sense", key),
               .got = value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 80),
               .expected = "a text, or an object with 'content'",
               .path = files_.files.front().path});
}

bool TokenList::read_decoder() {
  const auto decoder = files_.config.find("added_tokens_decoder");
  if (decoder == files_.config.end()) return false;
  std::map<std::int64_t, AddedToken> by_id;
  if (!decoder->is_object()) refuse_config(files_, "added_tokens_decoder", "an object of id to token");
  for (const auto& [id, value] : decoder->items()) {
    const std::optional<AddedToken> token = token_of(value, std::nullopt);
    if (!token || id.empty() || id.size() > 9 || id.find_first_not_of("0123456789") != std::string::npos)
      refuse_config(files_, "added_tokens_decoder", "an object of id to token");
    by_id[std::stoll(id)] = *token;
  }
  for (const auto& [id, token] : by_id) add(token);
  return true;
}

void TokenList::read_token_files() {
  for (const TokenizerFile& file : std::span(files_.files).subspan(1)) {
    const Json list = Json::parse(file.bytes, nullptr, false);
    if (!list.is_object()) refuse_file(file, "not a JSON object", "an object of tokens");
    if (file.name == "special_tokens_map.json") {
      named_json_ = list;
      continue;
    }
    std::map<std::int64_t, std::string> by_id;
    for (const auto& [content, id] : list.items()) {
      if (!id.is_number_unsigned()) refuse_file(file, "token without an id", "an object of token to id");
      by_id[id.get<std::int64_t>()] = content;
    }
    for (const auto& [id, content] : by_id) add({.content = content});
  }
}

void TokenList::add_named(const std::string& key, const std::string& otherwise) {
  const bool mapped = named_json_.contains(key);
  const auto configured = files_.config.find(key);
  const bool absent = !mapped && configured == files_.config.end();
  const Json value = mapped ? named_json_[key] : absent ? Json(otherwise) : *configured;
  const std::optional<AddedToken> token = token_of(value, true);
  if (!token || token->content.empty()) refuse_token(key, value);
  named_.push_back(token->content);
  named_of_[key] = token->content;
  add(*token);
}

void TokenList::add_extra() {
  for (const char* key : {"extra_special_tokens", "additional_special_tokens"}) {
    const Json* list = named_json_.contains(key)     ? &named_json_[key]
                       : files_.config.contains(key) ? &files_.config.at(key)
                                                     : nullptr;
    if (list == nullptr) continue;
    has_extra_ = true;
    for (const Json& item : list->is_array() ? *list : Json::array()) {
      const std::optional<AddedToken> token = token_of(item, true);
      if (!token) refuse_token(key, item);
      add(*token);
    }
  }
}

}  // namespace

std::int32_t open_sentencepiece(const TokenizerFiles& files, sonde_tokenizer** out, sonde_error* error) {
  const Class& rules = class_of(files);
  const TokenList list(files, rules);
  std::vector<sonde_added_token> added;
  for (const AddedToken& token : list.tokens()) {
    added.push_back({.content = shim::view(token.content),
                     .special = token.special,
                     .normalized = token.normalized,
                     .strip_left = token.strip_left,
                     .strip_right = token.strip_right,
                     .single_word = token.single_word});
  }
  const std::string unknown = list.named("unk_token");
  const std::string classifier = list.named("cls_token");
  const std::string separator = list.named("sep_token");
  const sonde_unigram_options options = {
      .rules = rules.rules,
      .lower_case = config_flag(files, "do_lower_case").value_or(rules.lower_case),
      .keep_accents = config_flag(files, "keep_accents").value_or(false),
      .split_punctuation = config_flag(files, "split_by_punct").value_or(false),
      .prefix_space = config_flag(files, "add_prefix_space").value_or(true),
      .add_own_symbols = !list.has_extra(),
      .unknown = shim::view(unknown),
      .classifier = shim::view(classifier),
      .separator = shim::view(separator),
      .added = added.data(),
      .n_added = added.size()};
  return sonde_tokenizer_from_sentencepiece(shim::view(files.files.front().bytes), &options, out, error);
}

}  // namespace sonde::text
