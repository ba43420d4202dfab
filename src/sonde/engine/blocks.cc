#include "sonde/engine/blocks.h"

#include <algorithm>

namespace sonde::engine {

std::vector<Block> cut_blocks(const PackedTokens& tokens, std::int64_t budget, int workers) {
  const auto total = static_cast<std::int64_t>(tokens.ids.size());
  const std::int64_t target = std::min(budget, (total + workers - 1) / workers);
  std::vector<Block> blocks;
  for (std::int64_t text = 0; text < tokens.texts(); ++text) {
    const std::int64_t length = tokens.tokens_of(text);
    if (blocks.empty() || blocks.back().tokens + length > target)
      blocks.push_back({text, 0, tokens.offsets[text], 0});
    ++blocks.back().texts;
    blocks.back().tokens += length;
  }
  return blocks;
}

}  // namespace sonde::engine
