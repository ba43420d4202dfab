// Runs a schedule over packed texts: blocks of whole texts wait in one queue, each worker takes them one by
// one through all segments in arenas it keeps. No padding anywhere, no allocation inside a block.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/engine/weights.h"
#include "sonde/graph/schedule.h"

namespace sonde::engine {

/// Token ids of n texts laid end to end. Every text has at least one token.
struct PackedTokens {
  std::span<const std::int32_t> ids;      ///< [sum of tokens]
  std::span<const std::int64_t> offsets;  ///< [n + 1], the first token of each text

  std::int64_t texts() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::int64_t tokens_of(std::int64_t text) const { return offsets[text + 1] - offsets[text]; }
};

/// Some rows of one value that belong to one text.
struct TextRows {
  std::int64_t text = 0;  ///< index of the text
  std::int64_t first_token =
      0;                    ///< token of the text that the first row stands for; 0 outside the token space
  std::int64_t tokens = 0;  ///< tokens of the whole text
  MatrixView rows;          ///< token space [some, d]; sequence space [1, d]; pair space [h·t, t]
};

/// Receives the rows of one output as soon as they exist. The rows of a text come in order, all from one
/// worker; different texts may come from different workers at once.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void receive(const TextRows& rows) = 0;
};

/// How work is cut. Never changes a result.
struct ExecutorOptions {
  std::int64_t block_tokens = 768;  ///< tokens a block aims at. Larger: more memory a worker
};

/// A program with its weights.
class Executor {
 public:
  /// All three must outlive the executor.
  Executor(const graph::Graph& graph, const graph::Schedule& schedule, const Weights& weights)
      : graph_(graph), schedule_(schedule), weights_(weights) {}

  /// Run every text; output i of the schedule goes to sinks[i]. Progress advances in tokens.
  /// Errors: input when an id lies outside the vocabulary, a text is longer than the model's positions, or an
  /// embedding row is not finite.
  void run(const PackedTokens& tokens, std::span<Sink* const> sinks, const ExecutorOptions& options,
           const RunContext& context) const;

 private:
  const graph::Graph& graph_;
  const graph::Schedule& schedule_;
  const Weights& weights_;
};

}  // namespace sonde::engine
