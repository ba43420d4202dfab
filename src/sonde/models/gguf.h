// A model in a GGUF file: its metadata as a config, its tensors under the names of the Hugging Face
// checkpoint. Which architectures it knows follows from their records; it computes nothing and copies no
// weights.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "sonde/files/gguf_header.h"
#include "sonde/files/tensor_file.h"
#include "sonde/models/config.h"

namespace sonde::models {

/// A metadata key, below the architecture's own prefix, and the key of config.json that it stands for.
struct GgufKey {
  std::string_view stored;  ///< "embedding_length"
  std::string_view config;  ///< "hidden_size"
};

/// How llama.cpp's converter changed a tensor's values.
enum class GgufForm {
  as_is,
  query_heads,  ///< rows of each head lie pair by pair, num_attention_heads heads
  key_heads,    ///< the same, num_key_value_heads heads
  plus_one,     ///< every value one larger
};

/// A tensor, or with `{i}` one of each layer, without ".weight" or ".bias".
struct GgufTensorName {
  std::string_view stored;  ///< "blk.{i}.attn_q"
  std::string_view name;    ///< "model.layers.{i}.self_attn.q_proj"
  GgufForm form = GgufForm::as_is;
};

/// What GGUF files call the parts of an architecture.
struct GgufNaming {
  std::string_view architecture;  ///< as `general.architecture` says it, and the prefix of its keys
  std::vector<GgufKey> keys;
  std::vector<GgufTensorName> tensors;
  /// Add to the config what follows from more than one key, or from the tensors; null: nothing does.
  void (*complete)(const files::GgufHeader& header, const files::TensorFile& file,
                   nlohmann::json& config) = nullptr;
  files::ImpliedMerges merges = files::ImpliedMerges::by_score;
};

/// Make the config.json that a GGUF file's metadata stands for.
/// Errors: input for an architecture whose record has no naming (all that have one named), a value of another
/// type, a layer count that is not that of the tensors, or a model split over several files.
/// Source: transformers 5.23, modeling_gguf_pytorch_utils.py and integrations/ggml.py.
Config gguf_config(const files::GgufHeader& header, const files::TensorFile& file);

/// Give the file's tensors under their checkpoint names, with the form to undo; one without a name keeps its
/// own. Errors: as gguf_config(); input when rows do not divide into heads.
std::vector<files::TensorInfo> gguf_tensors(const files::GgufHeader& header, const files::TensorFile& file);

/// Give how the tokenizer of a GGUF file ranks merges. Errors: as gguf_config().
files::ImpliedMerges gguf_merges(const files::GgufHeader& header);

}  // namespace sonde::models
