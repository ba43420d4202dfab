#include "sonde/capture/model_source.h"

#include "sonde/core/error.h"
#include "sonde/files/read_file.h"
#include "sonde/models/gguf.h"

namespace sonde::capture {

ModelSource::ModelSource(const std::filesystem::path& model) : path_(model) {
  const std::optional<std::filesystem::path> file = files::gguf_file_of(model);
  if (!file) return;
  path_ = *file;
  gguf_ = files::open_tensors(path_);
  header_ = files::GgufHeader::parse(gguf_->file().bytes(), path_);
}

std::filesystem::path ModelSource::config_path() const { return gguf_ ? path_ : path_ / "config.json"; }

models::Config ModelSource::config() const {
  if (gguf_) return models::gguf_config(*header_, *gguf_);
  if (!std::filesystem::is_directory(path_)) {
    throw Error(ErrorCode::input,
                {.where = path_.string(),
                 .what = "no such model folder",
                 .expected = "a folder with config.json, weights and a tokenizer, or a .gguf file",
                 .path = path_.string()});
  }
  const std::filesystem::path path = config_path();
  if (!std::filesystem::is_regular_file(path)) {
    throw Error(ErrorCode::input, {.where = path_.string(),
                                   .what = "the model folder has no config.json",
                                   .hint = "give the folder that holds config.json and the weights",
                                   .path = path.string()});
  }
  return models::Config::parse(files::read_file(path, std::int64_t{64} << 20));
}

bool ModelSource::has_weights() const { return gguf_ || files::Checkpoint::is_in(path_); }

bool ModelSource::has_tokenizer() const {
  return gguf_ ? header_->has("tokenizer.ggml.model") : text::holds_tokenizer(path_.string());
}

files::Checkpoint ModelSource::open_checkpoint() const {
  if (gguf_) return files::Checkpoint(gguf_, models::gguf_tensors(*header_, *gguf_));
  return files::Checkpoint(path_);
}

text::Tokenizer ModelSource::open_tokenizer() const {
  if (!gguf_) return text::Tokenizer::open(path_.string());
  return text::Tokenizer::open(*header_, models::gguf_merges(*header_));
}

std::int32_t ModelSource::pad_token() const {
  std::optional<std::int32_t> token;
  if (has_tokenizer()) token = open_tokenizer().pad_token();
  for (const char* key : {"pad_token_id", "eos_token_id"}) {
    if (!token) token = config().token(key);
  }
  if (token) return *token;
  throw Error(
      ErrorCode::input,
      {.where = path_.string(),
       .what = "the model names no token to pad with",
       .expected = "pad_token in tokenizer_config.json, or pad_token_id or eos_token_id in config.json",
       .path = config_path().string()});
}

}  // namespace sonde::capture
