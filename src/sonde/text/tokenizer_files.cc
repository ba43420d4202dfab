#include <fmt/core.h>

#include <filesystem>

#include "sonde/core/error.h"
#include "sonde/files/read_file.h"
#include "sonde/text/tokenizer_files_internal.h"

namespace sonde::text {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFileBytes = std::int64_t{256} << 20;

TokenizerFile read_file(const std::string& folder, const std::string& name) {
  const fs::path path = fs::path(folder) / name;
  return {.name = name, .path = path.string(), .bytes = files::read_file(path, kFileBytes)};
}

bool has(const std::string& folder, const std::string& name) {
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

[[noreturn]] void refuse_folder(const std::string& folder) {
  std::error_code error;
  const bool exists = fs::is_directory(folder, error);
  throw Error(ErrorCode::input, {.where = folder,
                                 .what = exists ? "no tokenizer in this folder" : "no such folder",
                                 .expected = "tokenizer.json, or vocab.txt, or vocab.json with merges.txt",
                                 .path = folder});
}

}  // namespace

TokenizerFiles read_tokenizer_files(const std::string& folder) {
  TokenizerFiles result;
  if (has(folder, "tokenizer.json")) {
    result.files.push_back(read_file(folder, "tokenizer.json"));
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
