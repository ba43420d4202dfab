// Which files of a repository a model needs. Looks at names only, and at the text of a shard index.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonde::hub {

/// How much of a model is wanted.
enum class ModelPart {
  whole,      ///< config, tokenizer and weights
  config,     ///< what `sonde modules` reads: config and, where there is one, tokenizer
  tokenizer,  ///< what `sonde tokens` reads
};

/// What of a repository belongs to a model.
struct ModelFiles {
  std::vector<std::string> names;  ///< to fetch; weights last
  std::string index;  ///< shard index among them whose shards are to be fetched too; may be empty
  std::vector<std::string> missing;  ///< what a model needs and the repository lacks, in words
};

/// Choose among the names of a repository: config.json and tokenizer files of its top folder, and of the
/// weights the first that is there of model.safetensors, its shards, pytorch_model.bin, its shards. Without a
/// config.json a .gguf file that is the only one stands for all of them. Weights of other frameworks are
/// never chosen.
ModelFiles choose_model_files(std::span<const std::string> names, ModelPart part);

/// Give the shards that an index names, each once, in order of name.
/// Errors: input for an index that is malformed or names anything but plain files; `where` is its place.
std::vector<std::string> shards_of(const std::string& index, const std::string& where);

}  // namespace sonde::hub
