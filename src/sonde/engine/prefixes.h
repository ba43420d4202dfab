// Which texts begin with the same tokens. Under a causal mask such texts have the same rows there, which then
// need to be computed once only. Knows no model. Internal to the engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/engine/executor.h"

namespace sonde::engine {

/// A text at its place in the order in which texts are run.
struct PlacedText {
  std::int64_t text = 0;
  std::int64_t tokens = 0;  ///< leading tokens that are run
  std::int64_t shared = 0;  ///< those that it has in common with the text at the place before it
};

/// Order texts by their tokens, so that those with a common beginning are neighbours: a walk, depth first,
/// through the trie of all texts. Shapes: lengths [n], the leading tokens of each text that count.
/// Cost: n·log n comparisons of texts.
std::vector<PlacedText> order_by_prefix(const PackedTokens& tokens, std::span<const std::int64_t> lengths);

}  // namespace sonde::engine
