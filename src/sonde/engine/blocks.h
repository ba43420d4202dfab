// What a run computes and in which pieces: which tokens of which texts, in what order, cut into blocks.
// Internal to the engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/engine/executor.h"
#include "sonde/engine/prefixes.h"

namespace sonde::engine {

/// A run of whole texts, neighbours in the order of a run. Within a block each common beginning is computed
/// once.
struct Block {
  std::int64_t first = 0;  ///< place of its first text
  std::int64_t texts = 0;
  std::int64_t rows = 0;    ///< rows that are computed
  std::int64_t tokens = 0;  ///< leading tokens that those stand for
};

/// Cut texts, in order, into blocks of at most `budget` rows each; a longer text is a block of its own.
/// With few texts the budget shrinks so that every worker has a block.
std::vector<Block> cut_blocks(std::span<const PlacedText> order, std::int64_t budget, int workers);

/// A run, planned.
struct RunPlan {
  std::vector<PlacedText> order;
  std::vector<Block> blocks;

  std::int64_t tokens() const;        ///< that the rows of all blocks stand for
  std::int64_t most_rows() const;     ///< of one block
  std::int64_t longest_text() const;  ///< tokens that are run
};

/// Plan a run. In a causal model tokens behind the last one that a sink needs are left out, and texts share
/// what they begin with when that saves a tenth of the rows; texts whose pads are not seen share nothing, for
/// equal tokens then need not have equal rows.
RunPlan plan_run(const graph::Graph& graph, const graph::Schedule& schedule, const PackedTokens& tokens,
                 const ExecutorOptions& options, int workers);

}  // namespace sonde::engine
