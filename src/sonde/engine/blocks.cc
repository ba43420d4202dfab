#include "sonde/engine/blocks.h"

#include <algorithm>
#include <numeric>

namespace sonde::engine {
namespace {

std::int64_t rows_of(std::span<const Block> blocks) {
  return std::accumulate(blocks.begin(), blocks.end(), std::int64_t{0},
                         [](std::int64_t sum, const Block& block) { return sum + block.rows; });
}

// Blocks of texts that share what they begin with. What the first text of a block has in common with the
// block before is computed again, so long beginnings ask for larger blocks.
std::vector<Block> cut_shared(std::span<const PlacedText> order, const ExecutorOptions& options,
                              int workers) {
  std::int64_t nodes = 0;
  for (const PlacedText& placed : order) nodes += placed.tokens - placed.shared;
  for (std::int64_t budget = options.block_tokens;; budget *= 2) {
    std::vector<Block> blocks = cut_blocks(order, budget, workers);
    if (rows_of(blocks) - nodes <= nodes / 8 || 2 * budget > options.shared_block_tokens) return blocks;
  }
}

}  // namespace

std::vector<Block> cut_blocks(std::span<const PlacedText> order, std::int64_t budget, int workers) {
  std::int64_t total = 0;
  for (const PlacedText& placed : order) total += placed.tokens - placed.shared;
  const std::int64_t target = std::min(budget, (total + workers - 1) / workers);
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::int64_t added = order[i].tokens - order[i].shared;
    const bool fits = !blocks.empty() && blocks.back().rows + added <= target;
    if (!fits) blocks.push_back({static_cast<std::int64_t>(i), 0, 0, 0});
    ++blocks.back().texts;
    blocks.back().rows += fits ? added : order[i].tokens;
    blocks.back().tokens += order[i].tokens;
  }
  return blocks;
}

std::int64_t RunPlan::tokens() const {
  std::int64_t sum = 0;
  for (const Block& block : blocks) sum += block.tokens;
  return sum;
}

std::int64_t RunPlan::most_rows() const {
  std::int64_t most = 0;
  for (const Block& block : blocks) most = std::max(most, block.rows);
  return most;
}

std::int64_t RunPlan::longest_text() const {
  std::int64_t longest = 0;
  for (const PlacedText& placed : order) longest = std::max(longest, placed.tokens);
  return longest;
}

RunPlan plan_run(const graph::Graph& graph, const graph::Schedule& schedule, const PackedTokens& tokens,
                 const ExecutorOptions& options, int workers) {
  const bool causal = graph.is_causal() && std::ranges::all_of(schedule.outputs, [&](graph::ValueId value) {
                        return graph.value(value).rows == graph::RowSpace::token;
                      });
  std::vector<std::int64_t> lengths;
  RunPlan plan;
  for (std::int64_t text = 0; text < tokens.texts(); ++text) {
    lengths.push_back(causal ? tokens.needed_of(text).end : tokens.tokens_of(text));
    plan.order.push_back({text, lengths.back(), 0});
  }
  plan.blocks = cut_blocks(plan.order, options.block_tokens, workers);
  if (!causal || tokens.has_unseen_pads() || options.prefixes == Prefixes::apart) return plan;
  RunPlan shared{.order = order_by_prefix(tokens, lengths)};
  shared.blocks = cut_shared(shared.order, options, workers);
  return 10 * rows_of(shared.blocks) <= 9 * rows_of(plan.blocks) ? shared : plan;
}

}  // namespace sonde::engine
