// Cuts packed texts into blocks of whole texts.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/engine/executor.h"

namespace sonde::engine {

/// A run of whole texts.
struct Block {
  std::int64_t first_text = 0;
  std::int64_t texts = 0;
  std::int64_t first_token = 0;
  std::int64_t tokens = 0;
};

/// Cut texts, in order, into blocks of at most `budget` tokens each; a longer text is a block of its own.
/// With few texts the budget shrinks so that every worker has a block.
std::vector<Block> cut_blocks(const PackedTokens& tokens, std::int64_t budget, int workers);

}  // namespace sonde::engine
