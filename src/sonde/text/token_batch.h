// Tokens of many texts, packed end to end. A text has pads only where a study asked for them. Plain data: it
// knows no tokenizer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sonde/core/token_range.h"

namespace sonde::text {

/// The tokens of n texts, packed.
struct TokenBatch {
  std::vector<std::int32_t> ids;         ///< [t] of all texts
  std::vector<std::int64_t> offsets{0};  ///< [n+1] text i is ids[offsets[i] … offsets[i+1])
  std::vector<std::uint8_t> special;  ///< [t] 1 where the tokenizer added the token (it is not of the text)
  std::vector<std::int32_t> full_length;  ///< [n] tokens before truncation, special ones included
  std::vector<std::int64_t> targets;      ///< [n] the token of each text that it is about; empty: none
  std::vector<TokenRange> real_tokens;    ///< [n] the tokens of each text that are no pads; empty: all
  bool attend_pads = false;               ///< whether the model's tokens see the pads

  /// Count the texts.
  std::int64_t size() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  /// Count the tokens kept of text i.
  std::int64_t length(std::int64_t i) const { return offsets[i + 1] - offsets[i]; }
  /// Give the tokens of text i that are no pads.
  TokenRange real(std::int64_t i) const {
    return real_tokens.empty() ? TokenRange{0, length(i)} : real_tokens[i];
  }
  /// Give the token, counted without pads, that text i is about.
  std::optional<std::int64_t> target(std::int64_t i) const {
    return targets.empty() ? std::nullopt : std::optional(targets[i]);
  }
  /// Count the tokens of all texts that are no pads.
  std::int64_t count_real() const {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < size(); ++i) sum += real(i).count();
    return sum;
  }
  /// Tell whether tokens of text i were cut off.
  bool truncated(std::int64_t i) const { return full_length[i] > real(i).count(); }
  /// Give the token ids of text i.
  std::span<const std::int32_t> tokens(std::int64_t i) const {
    return std::span(ids).subspan(offsets[i], length(i));
  }
  /// Give the marks of added tokens of text i.
  std::span<const std::uint8_t> specials(std::int64_t i) const {
    return std::span(special).subspan(offsets[i], length(i));
  }
  /// Give a batch of some of the texts, in the order given.
  TokenBatch pick(std::span<const std::int64_t> texts) const {
    TokenBatch picked;
    for (const std::int64_t i : texts) {
      picked.ids.insert(picked.ids.end(), ids.begin() + offsets[i], ids.begin() + offsets[i + 1]);
      picked.special.insert(picked.special.end(), special.begin() + offsets[i],
                            special.begin() + offsets[i + 1]);
      picked.offsets.push_back(static_cast<std::int64_t>(picked.ids.size()));
      picked.full_length.push_back(full_length[i]);
      if (!targets.empty()) picked.targets.push_back(targets[i]);
      if (!real_tokens.empty()) picked.real_tokens.push_back(real_tokens[i]);
    }
    picked.attend_pads = attend_pads;
    return picked;
  }
};

}  // namespace sonde::text
