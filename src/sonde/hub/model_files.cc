#include "sonde/hub/model_files.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "sonde/core/error.h"
#include "sonde/files/folder_name.h"

namespace sonde::hub {
namespace {

constexpr std::array<std::string_view, 14> kTokenizerFiles = {"tokenizer.json",
                                                              "tokenizer_config.json",
                                                              "special_tokens_map.json",
                                                              "added_tokens.json",
                                                              "vocab.txt",
                                                              "vocab.json",
                                                              "merges.txt",
                                                              "spm.model",
                                                              "spiece.model",
                                                              "tokenizer.model",
                                                              "sentencepiece.bpe.model",
                                                              "vocab.bpe",
                                                              "bpe.codes",
                                                              "sentencepiece.model"};
// A single file or the index of its shards, the form preferred first.
constexpr std::array<std::string_view, 4> kWeights = {"model.safetensors", "model.safetensors.index.json",
                                                      "pytorch_model.bin", "pytorch_model.bin.index.json"};

[[noreturn]] void refuse_index(const std::string& where, const char* what) {
  throw Error(ErrorCode::input, {.where = where,
                                 .what = what,
                                 .expected = "a JSON object `weight_map` from tensor to the name of a file",
                                 .path = where});
}

}  // namespace

ModelFiles choose_model_files(std::span<const std::string> names, ModelPart part) {
  const auto has = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  ModelFiles files;
  const auto is_gguf = [](const std::string& name) {
    return name.ends_with(".gguf") && name.find('/') == std::string::npos;
  };
  if (!has("config.json") && std::ranges::count_if(names, is_gguf) == 1) {
    files.names.push_back(*std::ranges::find_if(names, is_gguf));
    return files;
  }
  if (has("config.json")) {
    files.names.emplace_back("config.json");
  } else if (part != ModelPart::tokenizer) {
    files.missing.emplace_back("config.json");
  }
  bool tokenizer = false;
  for (const std::string_view name : kTokenizerFiles) {
    if (!has(name)) continue;
    files.names.emplace_back(name);
    tokenizer = true;
  }
  if (part == ModelPart::config) return files;
  if (part == ModelPart::tokenizer) {
    if (!tokenizer) files.missing.emplace_back("a tokenizer (tokenizer.json, vocab.txt, spm.model, …)");
    return files;
  }
  const auto weights = std::ranges::find_if(kWeights, has);
  if (weights == kWeights.end()) {
    files.missing.emplace_back("weights (model.safetensors or pytorch_model.bin)");
    return files;
  }
  files.names.emplace_back(*weights);
  if (weights->ends_with(".json")) files.index = *weights;
  return files;
}

std::vector<std::string> shards_of(const std::string& index, const std::string& where) {
  const nlohmann::json json = nlohmann::json::parse(index, nullptr, false);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    refuse_index(where, "not an index of shards");
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : json["weight_map"].items()) {
    if (!shard.is_string() || !files::is_plain_name(shard.get<std::string>()))
      refuse_index(where, "the index names what is no plain file");
    shards.insert(shard.get<std::string>());
  }
  return {shards.begin(), shards.end()};
}

}  // namespace sonde::hub
