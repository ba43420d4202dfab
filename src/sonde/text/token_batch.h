// Tokens of many texts, packed end to end without padding. Plain data: it knows no tokenizer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::text {

/// The tokens of n texts, packed.
struct TokenBatch {
  std::vector<std::int32_t> ids;         ///< [t] of all texts
  std::vector<std::int64_t> offsets{0};  ///< [n+1] text i is ids[offsets[i] … offsets[i+1])
  std::vector<std::uint8_t> special;  ///< [t] 1 where the tokenizer added the token (it is not of the text)
  std::vector<std::int32_t> full_length;  ///< [n] tokens before truncation, special ones included
  std::vector<std::int64_t> targets;      ///< [n] the token of each text that it is about; empty: none

  /// Count the texts.
  std::int64_t size() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  /// Count the tokens kept of text i.
  std::int64_t length(std::int64_t i) const { return offsets[i + 1] - offsets[i]; }
  /// Tell whether tokens of text i were cut off.
  bool truncated(std::int64_t i) const { return full_length[i] > length(i); }
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
    }
    return picked;
  }
};

}  // namespace sonde::text
