// The vocabulary in a GGUF file's metadata, checked, and the tokenizer.json that it stands for.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sonde/files/gguf_header.h"
#include "sonde/text/tokenizer.h"

namespace sonde::text {

/// What a token is, by GGUF's numbers.
enum class GgufTokenType : std::int64_t { normal = 1, unknown, control, user_defined, unused, byte };

/// A vocabulary; texts view the header's bytes.
struct GgufVocabulary {
  const files::GgufHeader* header = nullptr;
  std::vector<std::string_view> tokens;  ///< [v]
  std::vector<GgufTokenType> types;      ///< [v], or empty
  std::vector<float> scores;             ///< [v], or empty
  /// Pairs that join, best first; nothing when the file has none.
  std::optional<std::vector<std::pair<std::string_view, std::string_view>>> merges;

  GgufTokenType type(std::size_t id) const { return types.empty() ? GgufTokenType::normal : types[id]; }
  /// Give the token whose id stands under tokenizer.ggml.`key`, or nothing.
  /// Errors: input for an id that no token has.
  std::optional<std::int64_t> id(std::string_view key) const;
  bool flag(std::string_view key, bool otherwise) const;
};

/// Read and check the vocabulary. Errors: input when it is missing, its arrays differ in length, a type is
/// unknown, a byte token is no byte, a score is not finite or a merge is not two tokens.
GgufVocabulary read_gguf_vocabulary(const files::GgufHeader& header);

/// Derive the merges that a vocabulary without any implies: each token from every pair of tokens that spells
/// it, best rank first; `ranks` [v], larger first. Errors: input for a token over 512 bytes; limit above 8
/// million pairs. Source: transformers 5.23, tokenization_utils_base.generate_merges.
std::vector<std::pair<std::string, std::string>> implied_merges(const GgufVocabulary& vocabulary,
                                                                const std::vector<std::string>& tokens,
                                                                const std::vector<double>& ranks);

/// Write the tokenizer.json of a vocabulary.
/// Errors: input for a kind of tokenizer, or of cutting words, that is not known by name.
nlohmann::json gguf_tokenizer_json(const GgufVocabulary& vocabulary, files::ImpliedMerges implied);

}  // namespace sonde::text
