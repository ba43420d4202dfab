#include "sonde/engine/executor.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "sonde/engine/block_run.h"
#include "sonde/engine/blocks.h"

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

// Whether a sink needs rows of tokens that see no other: pads before the text under a causal mask.
bool needs_blind_rows(const PackedTokens& tokens) {
  for (std::int64_t text = 0; text < tokens.texts(); ++text) {
    if (tokens.needed_of(text).first < tokens.real_of(text).first) return true;
  }
  return false;
}

bool needs_pads(const PackedTokens& tokens) {
  for (std::int64_t text = 0; text < tokens.texts(); ++text) {
    const TokenRange needed = tokens.needed_of(text), real = tokens.real_of(text);
    if (needed.first < real.first || needed.end > real.end) return true;
  }
  return false;
}

[[noreturn]] void refuse_unseen_pads(const char* what) {
  throw Error(ErrorCode::usage, {.where = "pads",
                                 .what = what,
                                 .hint = "let the pads be seen with attend_pads = true, or leave them out"});
}

// What a pad that no token sees computes is settled only where it sees some token itself, and where each step
// reads single rows or attends.
void check_unseen_pads(const graph::Graph& graph, const graph::Schedule& schedule,
                       const PackedTokens& tokens) {
  if (!tokens.has_unseen_pads()) return;
  const bool pads = needs_pads(tokens);
  for (const graph::Segment& segment : schedule.segments) {
    for (const graph::NodeIndex index : segment.nodes) {
      const graph::Operation& operation = graph.nodes[index].operation;
      if (std::holds_alternative<graph::Unfold>(operation) ||
          std::holds_alternative<graph::MeanRow>(operation))
        refuse_unseen_pads(
            "the model mixes neighbouring rows, pads among them, whether they are seen or not");
      const auto* attend = std::get_if<graph::Attend>(&operation);
      if (attend == nullptr) continue;
      const graph::DistanceTables& distances = attend->distances;
      if (distances.keys != graph::kNoValue || distances.queries != graph::kNoValue)
        refuse_unseen_pads("the model's attention by distance has no rule for pads that no token sees");
      if (std::ranges::find(schedule.outputs, attend->weights) != schedule.outputs.end())
        refuse_unseen_pads("attention weights have no place for pads that no token sees");
      if (pads && attend->shape.window > 0)
        refuse_unseen_pads("a pad far from the text sees no token in a model with a sliding window");
      if (attend->shape.mask == kernels::AttentionMask::causal && needs_blind_rows(tokens))
        refuse_unseen_pads("a pad before the text sees no token in a causal model");
    }
  }
}

}  // namespace

void Executor::run(const PackedTokens& tokens, std::span<Sink* const> sinks, const ExecutorOptions& options,
                   const RunContext& context) const {
  SONDE_ASSERT(sinks.size() == schedule_.outputs.size());
  check_tokens(graph_, tokens);
  check_unseen_pads(graph_, schedule_, tokens);
  const RunPlan plan = plan_run(graph_, schedule_, tokens, options, std::max(1, context.threads));
  const std::int64_t rows = plan.most_rows(), longest = plan.longest_text();
  const RunInputs inputs{graph_, schedule_, weights_, tokens, sinks, find_tail(graph_, schedule_)};
  std::vector<std::unique_ptr<Workspace>> workspaces(std::max(1, context.threads));
  const ProgressStage stage(context, "forward", plan.tokens(), "tokens");
  run_queue(context, static_cast<std::int64_t>(plan.blocks.size()), [&](int worker, std::int64_t i) {
    // Made by the worker itself, so that the pages lie where it runs.
    if (!workspaces[worker])
      workspaces[worker] = std::make_unique<Workspace>(graph_, schedule_, rows, longest);
    const Block& block = plan.blocks[i];
    BlockRun(inputs, std::span(plan.order).subspan(block.first, block.texts), *workspaces[worker]).run();
    context.advance(block.tokens);
  });
}

}  // namespace sonde::engine
