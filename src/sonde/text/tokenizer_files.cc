#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "sonde/core/error.h"
#include "sonde/files/read_file.h"
#include "sonde/text/tokenizer.h"
#include "sonde/text/tokenizer_files_internal.h"

namespace sonde::text {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFileBytes = std::int64_t{256} << 20;
constexpr auto kSentencePiece = std::to_array<std::string_view>({"spm.model", "spiece.model"});
// Files beside a SentencePiece model that say which tokens are special.
constexpr auto kTokenLists =
    std::to_array<std::string_view>({"added_tokens.json", "special_tokens_map.json"});
// SentencePiece models whose tokenizer is of another kind.
constexpr auto kOtherModels =
    std::to_array<std::string_view>({"tokenizer.model", "sentencepiece.bpe.model", "source.spm"});

TokenizerFile read_file(const std::string& folder, const std::string& name) {
  const fs::path path = fs::path(folder) / name;
  return {.name = name, .path = path.string(), .bytes = files::read_file(path, kFileBytes)};
}

bool has(const std::string& folder, std::string_view name) {
  std::error_code error;
  return fs::is_regular_file(fs::path(folder) / name, error);
}

void read_config(const std::string& folder, TokenizerFiles& result) {
  result.config = nlohmann::json::object();
  if (!has(folder, "tokenizer_config.json")) return;
  TokenizerFile file = read_file(folder, "tokenizer_config.json");
  result.config = nlohmann::json::parse(file.bytes, nullptr, false);
  result.config_path = file.path;
  result.config_bytes = std::move(file.bytes);
  if (result.config.is_object()) return;
  throw Error(ErrorCode::input, {.where = file.path, .what = "not a JSON object", .path = file.path});
}

// A SentencePiece model says nothing of the class it is for; config.json does.
std::string read_model_type(const std::string& folder) {
  if (!has(folder, "config.json")) return {};
  const auto config = nlohmann::json::parse(read_file(folder, "config.json").bytes, nullptr, false);
  const bool named = config.is_object() && config.contains("model_type") && config["model_type"].is_string();
  return named ? config["model_type"].get<std::string>() : "";
}

void read_sentencepiece(const std::string& folder, std::string_view name, TokenizerFiles& result) {
  result.files.push_back(read_file(folder, std::string(name)));
  for (const std::string_view list : kTokenLists) {
    if (has(folder, list)) result.files.push_back(read_file(folder, std::string(list)));
  }
  result.model_type = read_model_type(folder);
}

[[noreturn]] void refuse_folder(const std::string& folder) {
  std::error_code error;
  const bool exists = fs::is_directory(folder, error);
  const auto other = std::ranges::find_if(kOtherModels, [&](auto name) { return has(folder, name); });
  throw Error(ErrorCode::input,
              {.where = folder,
               .what = exists ? "no tokenizer in this folder" : "no such folder",
               .got = other == kOtherModels.end() ? "" : fmt::format("only {}", *other),
               .expected = "tokenizer.json, or vocab.txt, or vocab.json with merges.txt, "
                           "or DeBERTa's spm.model, or ALBERT's spiece.model",
               .hint = other == kOtherModels.end() ? "" : "save its tokenizer.json with transformers",
               .path = folder});
}

}  // namespace

bool is_sentencepiece(std::string_view name) {
  return std::ranges::find(kSentencePiece, name) != kSentencePiece.end();
}

bool holds_tokenizer(const std::string& folder) {
  return has(folder, "tokenizer.json") || has(folder, "vocab.txt") ||
         (has(folder, "vocab.json") && has(folder, "merges.txt")) ||
         std::ranges::any_of(kSentencePiece, [&](auto name) { return has(folder, name); });
}

TokenizerFiles read_tokenizer_files(const std::string& folder) {
  TokenizerFiles result;
  const auto model = std::ranges::find_if(kSentencePiece, [&](auto name) { return has(folder, name); });
  if (has(folder, "tokenizer.json")) {
    result.files.push_back(read_file(folder, "tokenizer.json"));
  } else if (model != kSentencePiece.end()) {
    read_sentencepiece(folder, *model, result);
  } else if (has(folder, "vocab.txt")) {
    result.files.push_back(read_file(folder, "vocab.txt"));
  } else if (has(folder, "vocab.json") && has(folder, "merges.txt")) {
    result.files.push_back(read_file(folder, "vocab.json"));
    result.files.push_back(read_file(folder, "merges.txt"));
  } else {
    refuse_folder(folder);
  }
  read_config(folder, result);
  return result;
}

}  // namespace sonde::text
