// Opens the tokenizer of a Hugging Face model folder and turns texts into packed token ids, exactly as
// transformers does. It pads nothing, and ignores truncation and padding that a tokenizer file carries; the
// caller says how long a text may be.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/text/token_batch.h"

struct sonde_tokenizer;

namespace sonde::files {
class GgufHeader;
enum class ImpliedMerges;
}  // namespace sonde::files

namespace sonde::text {

/// Whether a text gets the special tokens that its model expects, such as [CLS] and [SEP].
enum class SpecialTokens { add, leave_out };

/// How texts are encoded.
struct EncodeOptions {
  std::int64_t max_length = 0;  ///< most tokens of a text, special ones included; the end is cut; 0: no limit
  SpecialTokens special = SpecialTokens::add;
  std::int64_t text_bytes = std::int64_t{8} << 20;  ///< longest text, in bytes
};

/// One token of a text.
struct TokenPiece {
  std::int32_t id = 0;
  std::string token;       ///< as it stands in the vocabulary; of an unknown Unigram piece, its text
  std::int64_t begin = 0;  ///< byte offset in the text; 0 and 0 for an added token
  std::int64_t end = 0;
  bool special = false;  ///< added by the tokenizer
};

/// A special token of a vocabulary.
struct SpecialToken {
  std::int32_t id = 0;
  std::string token;
};

/// What a tokenizer is, for provenance and listings.
struct TokenizerDescription {
  /// "tokenizer.json", "spm.model", "spiece.model", "vocab.txt", "vocab.json + merges.txt" or a GGUF file
  std::string source;
  std::string model;                 ///< "WordPiece", "BPE", "Unigram" or "WordLevel"
  std::int64_t vocabulary_size = 0;  ///< v, added tokens included
  std::int64_t specials_per_text = 0;
  bool lower_case = false;
  std::vector<SpecialToken> special_tokens;  ///< by id
  std::string digest;                        ///< SHA-256 over the names and digests of the files used
};

/// Tell whether a model folder holds files that Tokenizer::open() would read. Opens none.
bool holds_tokenizer(const std::string& folder);

/// An open tokenizer. Safe to use from several threads at once.
class Tokenizer {
 public:
  /// Open the tokenizer of a model folder: tokenizer.json, else spm.model or spiece.model (DeBERTa's and
  /// ALBERT's Unigram), else vocab.txt (BERT's WordPiece), else vocab.json and merges.txt (GPT-2's byte-level
  /// BPE); options of all but the first come from tokenizer_config.json.
  /// Errors: input when there is none, or it is malformed, or of a class that needs tokenizer.json; limit
  /// when too large. Source: transformers 5.23, BertTokenizer, GPT2Tokenizer, DebertaV2Tokenizer,
  /// AlbertTokenizer and TokenizersBackend.
  static Tokenizer open(const std::string& folder);
  /// Open the tokenizer that a GGUF file's metadata describes: "gpt2" (byte-level BPE), "llama"
  /// (SentencePiece BPE with byte fallback) or "bert" (WordPiece). Tokens that the file does not have are
  /// never added. Errors: input when it is missing, malformed or of another kind. Source: transformers 5.23,
  /// integrations/gguf/gguf_tokenizer_mapping.py.
  static Tokenizer open(const files::GgufHeader& header, files::ImpliedMerges implied);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Encode texts. Equal for any number of threads. A text without tokens has length 0.
  /// Errors: input naming the index of a text that is not UTF-8; limit for a text over `text_bytes`; usage
  /// when `max_length` leaves no room for the special tokens.
  TokenBatch encode(std::span<const std::string_view> texts, const EncodeOptions& options,
                    const RunContext& context) const;

  /// Give the tokens of one text with their place in it, untruncated.
  /// Errors: input when the text is not UTF-8; limit when it is over 8 MiB.
  std::vector<TokenPiece> pieces(std::string_view text, SpecialTokens special = SpecialTokens::add) const;

  /// Give the text of token ids; special tokens stay in it.
  /// Errors: input for an id that is not in the vocabulary.
  std::string decode(std::span<const std::int32_t> ids) const;

  const TokenizerDescription& description() const { return description_; }

  /// Give the model's longest input in tokens, where tokenizer_config.json says one.
  std::optional<std::int64_t> model_max_length() const { return model_max_length_; }

  /// Give the token that texts would be padded with, where tokenizer_config.json or a GGUF file names one.
  std::optional<std::int32_t> pad_token() const { return pad_token_; }

 private:
  struct Close {
    void operator()(sonde_tokenizer* handle) const;
  };
  using Handle = std::unique_ptr<sonde_tokenizer, Close>;
  friend struct Opening;
  Tokenizer() = default;
  void describe();
  void encode_chunk(std::span<const std::string_view> texts, std::int64_t first, const EncodeOptions& options,
                    TokenBatch& out) const;

  Handle handle_;
  TokenizerDescription description_;
  std::optional<std::int64_t> model_max_length_;
  std::optional<std::int32_t> pad_token_;
};

}  // namespace sonde::text
