// Opens a tokenizer from whichever files a folder holds, with the defaults that transformers' classes have.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sonde/core/error.h"
#include "sonde/files/digest.h"
#include "sonde/text/sentencepiece_open_internal.h"
#include "sonde/text/tokenizer.h"
#include "sonde/text/tokenizer_config_internal.h"
#include "sonde/text/tokenizer_files_internal.h"
#include "sonde_shim_cpp.h"

namespace sonde::text {

/// One opening: the files, and what goes wrong with them.
struct Opening {
  TokenizerFiles files;
  Tokenizer tokenizer{};

  using Open = std::int32_t (*)(const TokenizerFiles&, sonde_tokenizer**, sonde_error*);
  void run(std::string source, Open open) {
    shim::Failure failure;
    sonde_tokenizer* handle = nullptr;
    if (open(files, &handle, failure.out()) != SONDE_OK) {
      const std::string& path = files.files.front().path;
      failure.raise({.where = path, .hint = "the tokenizer cannot be opened from this file", .path = path});
    }
    tokenizer.handle_.reset(handle);
    tokenizer.description_.source = std::move(source);
  }
  void set_digest();
  void set_model_max_length();
  void set_pad_token();
};

namespace {

constexpr auto kWordPieceClasses = std::to_array<std::string_view>(
    {"BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast",
     "ElectraTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast"});
constexpr auto kByteLevelClasses = std::to_array<std::string_view>({"GPT2Tokenizer", "GPT2TokenizerFast"});

std::int32_t open_json(const TokenizerFiles& files, sonde_tokenizer** out, sonde_error* error) {
  return sonde_tokenizer_from_json(shim::view(files.files[0].bytes), out, error);
}

std::int32_t open_wordpiece(const TokenizerFiles& files, sonde_tokenizer** out, sonde_error* error) {
  check_class(files, kWordPieceClasses);
  const std::optional<bool> accents = config_flag(files, "strip_accents");
  const std::string unknown = config_token(files, "unk_token").value_or("[UNK]");
  const std::string separator = config_token(files, "sep_token").value_or("[SEP]");
  const std::string padding = config_token(files, "pad_token").value_or("[PAD]");
  const std::string classifier = config_token(files, "cls_token").value_or("[CLS]");
  const std::string mask = config_token(files, "mask_token").value_or("[MASK]");
  const sonde_wordpiece_options options = {
      .lower_case = config_flag(files, "do_lower_case").value_or(true),
      .strip_accents = accents ? static_cast<std::int32_t>(*accents) : -1,
      .split_chinese = config_flag(files, "tokenize_chinese_chars").value_or(true),
      .unknown = shim::view(unknown),
      .separator = shim::view(separator),
      .padding = shim::view(padding),
      .classifier = shim::view(classifier),
      .mask = shim::view(mask)};
  return sonde_tokenizer_from_wordpiece(shim::view(files.files[0].bytes), &options, out, error);
}

std::int32_t open_byte_level(const TokenizerFiles& files, sonde_tokenizer** out, sonde_error* error) {
  check_class(files, kByteLevelClasses);
  std::vector<std::string> specials;
  for (const char* key : {"unk_token", "bos_token", "eos_token"}) {
    specials.push_back(config_token(files, key).value_or("<|endoftext|>"));
  }
  if (const auto padding = config_token(files, "pad_token")) specials.push_back(*padding);
  std::vector<sonde_view> views;
  for (const std::string& token : specials) views.push_back(shim::view(token));
  const sonde_bpe_options options = {.prefix_space = config_flag(files, "add_prefix_space").value_or(false),
                                     .specials = views.data(),
                                     .n_specials = views.size()};
  return sonde_tokenizer_from_bpe(shim::view(files.files[0].bytes), shim::view(files.files[1].bytes),
                                  &options, out, error);
}

}  // namespace

// The configuration counts only where it decides how texts are split.
void Opening::set_digest() {
  std::string listing;
  for (const TokenizerFile& file : files.files)
    listing += fmt::format("{}  {}\n", files::sha256(file.bytes), file.name);
  if (files.files.front().name != "tokenizer.json" && !files.config_path.empty()) {
    listing += fmt::format("{}  tokenizer_config.json\n", files::sha256(files.config_bytes));
  }
  tokenizer.description_.digest = files::sha256(listing);
}

// transformers writes 1e30 for "no limit known".
void Opening::set_model_max_length() {
  constexpr double kUnbounded = 1e15;
  const auto found = files.config.find("model_max_length");
  if (found == files.config.end() || found->is_null()) return;
  if (!found->is_number() || found->get<double>() < 1)
    refuse_config(files, "model_max_length", "a positive number");
  if (found->get<double>() < kUnbounded)
    tokenizer.model_max_length_ = static_cast<std::int64_t>(found->get<double>());
}

void Opening::set_pad_token() {
  const std::optional<std::string> name = config_token(files, "pad_token");
  if (!name) return;
  const std::vector<SpecialToken>& known = tokenizer.description_.special_tokens;
  const auto token = std::ranges::find(known, *name, &SpecialToken::token);
  if (token == known.end()) refuse_config(files, "pad_token", "a special token of the vocabulary");
  tokenizer.pad_token_ = token->id;
}

Tokenizer Tokenizer::open(const std::string& folder) {
  Opening opening{.files = read_tokenizer_files(folder)};
  const std::string& name = opening.files.files.front().name;
  if (name == "tokenizer.json") opening.run("tokenizer.json", open_json);
  if (is_sentencepiece(name)) opening.run(name, open_sentencepiece);
  if (name == "vocab.txt") opening.run("vocab.txt", open_wordpiece);
  if (name == "vocab.json") opening.run("vocab.json + merges.txt", open_byte_level);
  opening.tokenizer.describe();
  opening.set_digest();
  opening.set_model_max_length();
  opening.set_pad_token();
  return std::move(opening.tokenizer);
}

}  // namespace sonde::text
