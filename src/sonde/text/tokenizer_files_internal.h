// Reads the files that make a tokenizer out of a model folder, whole and bounded. It parses only
// tokenizer_config.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sonde::text {

/// A file that was read.
struct TokenizerFile {
  std::string name;
  std::string path;
  std::string bytes;
};

/// The files of one of the three layouts.
struct TokenizerFiles {
  std::vector<TokenizerFile> files;  ///< tokenizer.json, or vocab.txt, or vocab.json and merges.txt
  nlohmann::json config;             ///< tokenizer_config.json, or an empty object
  std::string config_path;
  std::string config_bytes;
};

/// Read the layout that counts: tokenizer.json before vocab.txt before vocab.json with merges.txt.
/// Errors: input when there is none or the configuration is no JSON object, or a file is over 256 MiB.
TokenizerFiles read_tokenizer_files(const std::string& folder);

}  // namespace sonde::text
