// Where a model lies: a Hugging Face folder, or one GGUF file that holds config, weights and tokenizer. The
// one place that tells them apart; runs nothing.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "sonde/files/checkpoint.h"
#include "sonde/files/gguf_header.h"
#include "sonde/models/config.h"
#include "sonde/text/tokenizer.h"

namespace sonde::capture {

/// A model's config, weights and tokenizer, each opened when it is asked for.
class ModelSource {
 public:
  /// Look at `model`: a folder as Hugging Face lays it out, a GGUF file, or a folder whose only weights are
  /// one GGUF file. A folder is not read yet. Errors: input for a malformed GGUF file, or several in a
  /// folder.
  explicit ModelSource(const std::filesystem::path& model);

  /// Give the folder, or the GGUF file.
  const std::filesystem::path& path() const { return path_; }
  /// Read the config. Errors: input when folder or config is missing or malformed, or a GGUF file's metadata
  /// makes no model.
  models::Config config() const;
  /// Give the file that config() is read from.
  std::filesystem::path config_path() const;
  /// Tell whether there are files of weights, or of a tokenizer; they may still be malformed.
  bool has_weights() const;
  bool has_tokenizer() const;
  /// Open the weights; mapped, not read. Errors: input as files::Checkpoint and models::gguf_tensors() say.
  files::Checkpoint open_checkpoint() const;
  /// Open the tokenizer. Errors: input when there is none or it is malformed.
  text::Tokenizer open_tokenizer() const;
  /// Give the token that pads are: the tokenizer's, else the config's, else the one that ends a text.
  /// Errors: input when none of them is named.
  std::int32_t pad_token() const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<const files::TensorFile> gguf_;  // null for a folder
  std::optional<files::GgufHeader> header_;
};

}  // namespace sonde::capture
