// Reads the files that make a tokenizer out of a model folder, whole and bounded. It parses only
// tokenizer_config.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sonde::text {

/// A file that was read.
struct TokenizerFile {
  std::string name;
  std::string path;
  std::string bytes;
};

/// The files of one of the layouts.
struct TokenizerFiles {
  /// tokenizer.json, or vocab.txt, or vocab.json and merges.txt, or a SentencePiece model with what else
  /// names its tokens
  std::vector<TokenizerFile> files;
  nlohmann::json config;  ///< tokenizer_config.json, or an empty object
  std::string config_path;
  std::string config_bytes;
  std::string model_type;  ///< from config.json, for a SentencePiece model alone; empty where unknown
};

/// Tell whether a file name is that of a SentencePiece model that can be opened.
bool is_sentencepiece(std::string_view name);

/// Read the layout that counts: tokenizer.json before spm.model or spiece.model before vocab.txt before
/// vocab.json with merges.txt.
/// Errors: input when there is none or the configuration is no JSON object, or a file is over 256 MiB.
TokenizerFiles read_tokenizer_files(const std::string& folder);

}  // namespace sonde::text
