// Opens the tokenizer that a GGUF file's metadata describes.
#include <fmt/core.h>

#include "sonde/core/error.h"
#include "sonde/files/digest.h"
#include "sonde/text/gguf_vocabulary_internal.h"
#include "sonde/text/tokenizer.h"
#include "sonde_shim_cpp.h"

namespace sonde::text {

/// Digest the keys that decide how texts are cut; a chat template does not.
static std::string digest_of(const files::GgufHeader& header) {
  files::Sha256 digest;
  for (const files::GgufEntry& entry : header.entries()) {
    if (!entry.key.starts_with("tokenizer.ggml.")) continue;
    digest.update(fmt::format("{} {} {} {}\n", entry.key, static_cast<int>(entry.type),
                              static_cast<int>(entry.item), entry.value.size()));
    digest.update(entry.value);
  }
  return digest.hex();
}

Tokenizer Tokenizer::open(const files::GgufHeader& header, files::ImpliedMerges implied) {
  const GgufVocabulary vocabulary = read_gguf_vocabulary(header);
  const std::string json = gguf_tokenizer_json(vocabulary, implied).dump();
  const std::string path = header.path().string();
  shim::Failure failure;
  sonde_tokenizer* handle = nullptr;
  if (sonde_tokenizer_from_json(shim::view(json), &handle, failure.out()) != SONDE_OK) {
    failure.raise(
        {.where = path, .hint = "the tokenizer in the file's metadata cannot be built", .path = path});
  }
  Tokenizer tokenizer;
  tokenizer.handle_.reset(handle);
  tokenizer.description_.source = header.path().filename().string();
  tokenizer.describe();
  tokenizer.description_.digest = digest_of(header);
  auto pad = vocabulary.id("padding_token_id");
  if (!pad) pad = vocabulary.id("eos_token_id");
  if (pad) tokenizer.pad_token_ = static_cast<std::int32_t>(*pad);
  return tokenizer;
}

}  // namespace sonde::text
