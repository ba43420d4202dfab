#include "sonde/engine/executor.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "sonde/engine/block_run.h"

namespace sonde::engine {
namespace {

std::int64_t vocabulary_of(const graph::Graph& graph) {
  for (const graph::Node& node : graph.nodes) {
    const auto* embedding = std::get_if<graph::Embedding>(&node.operation);
    if (embedding != nullptr && embedding->index == graph::Embedding::Index::token) {
      return graph.parameter(node.parameters[0]).shape[0];
    }
  }
  return 0;
}

void check_tokens(const graph::Graph& graph, const PackedTokens& tokens) {
  const std::int64_t vocabulary = vocabulary_of(graph);
  for (std::int64_t text = 0; text < tokens.texts(); ++text) {
    const std::int64_t length = tokens.tokens_of(text);
    if (length < 1 || (graph.positions > 0 && length > graph.positions)) {
      throw Error(ErrorCode::input,
                  {.where = fmt::format("text {}", text + 1),
                   .what = "number of tokens not allowed",
                   .got = std::to_string(length),
                   .expected = graph.positions > 0 ? fmt::format("1 to {}", graph.positions) : "at least 1"});
    }
    for (std::int64_t i = tokens.offsets[text]; i < tokens.offsets[text + 1]; ++i) {
      if (tokens.ids[i] >= 0 && tokens.ids[i] < vocabulary) continue;
      throw Error(ErrorCode::input,
                  {.where = fmt::format("text {}, token {}", text + 1, i - tokens.offsets[text]),
                   .what = "token id outside the model's vocabulary",
                   .got = std::to_string(tokens.ids[i]),
                   .expected = fmt::format("0 to {}", vocabulary - 1),
                   .hint = "check that tokenizer and weights are of one model"});
    }
  }
}

}  // namespace

void Executor::run(const PackedTokens& tokens, std::span<Sink* const> sinks, const ExecutorOptions& options,
                   const RunContext& context) const {
  SONDE_ASSERT(sinks.size() == schedule_.outputs.size());
  check_tokens(graph_, tokens);
  const std::vector<Block> blocks = cut_blocks(tokens, options.block_tokens, std::max(1, context.threads));
  std::int64_t rows = 0, longest = 0;
  for (const Block& block : blocks) rows = std::max(rows, block.tokens);
  for (std::int64_t text = 0; text < tokens.texts(); ++text)
    longest = std::max(longest, tokens.tokens_of(text));

  const RunInputs inputs{graph_, schedule_, weights_, tokens, sinks};
  std::vector<std::unique_ptr<Workspace>> workspaces(std::max(1, context.threads));
  const ProgressStage stage(context, "forward", static_cast<std::int64_t>(tokens.ids.size()), "tokens");
  run_queue(context, static_cast<std::int64_t>(blocks.size()), [&](int worker, std::int64_t i) {
    // Made by the worker itself, so that the pages lie where it runs.
    if (!workspaces[worker])
      workspaces[worker] = std::make_unique<Workspace>(graph_, schedule_, rows, longest);
    BlockRun(inputs, blocks[i], *workspaces[worker]).run();
    context.advance(blocks[i].tokens);
  });
}

}  // namespace sonde::engine
