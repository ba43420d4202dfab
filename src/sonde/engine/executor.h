// Runs a schedule over packed texts: blocks of whole texts wait in one queue, each worker takes them one by
// one through all segments in arenas it keeps. It adds no padding, though a text may come with pads of its
// own; no allocation inside a block.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/core/token_range.h"
#include "sonde/engine/weights.h"
#include "sonde/graph/schedule.h"

namespace sonde::engine {

/// Token ids of n texts laid end to end. Every text has at least one token.
struct PackedTokens {
  std::span<const std::int32_t> ids;      ///< [sum of tokens]
  std::span<const std::int64_t> offsets;  ///< [n + 1], the first token of each text
  std::span<const TokenRange> real = {};  ///< [n] tokens that are no pads; empty: all
  bool attend_pads = false;               ///< whether real tokens see the pads, and pads each other
  /// [n] tokens whose rows sinks receive, where an output has a row per token; empty: all.
  std::span<const TokenRange> needed = {};

  std::int64_t texts() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::int64_t tokens_of(std::int64_t text) const { return offsets[text + 1] - offsets[text]; }
  TokenRange real_of(std::int64_t text) const {
    return real.empty() ? TokenRange{0, tokens_of(text)} : real[text];
  }
  TokenRange needed_of(std::int64_t text) const {
    return needed.empty() ? TokenRange{0, tokens_of(text)} : needed[text];
  }
  /// Tell whether there are pads that no token sees.
  bool has_unseen_pads() const { return !real.empty() && !attend_pads; }
};

/// Some rows of one value that belong to one text.
struct TextRows {
  std::int64_t text = 0;  ///< index of the text
  std::int64_t first_token =
      0;                    ///< token of the text that the first row stands for; 0 outside the token space
  std::int64_t tokens = 0;  ///< tokens of the whole text
  MatrixView rows;          ///< token space [some, d]; sequence space [1, d]; pair space [h·t, t]
};

/// Receives the rows of one output as soon as they exist. The needed rows of a text come in order, all from
/// one worker; different texts may come from different workers at once.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void receive(const TextRows& rows) = 0;
};

/// Whether texts of a causal model that begin with the same tokens share the rows of their beginning.
enum class Prefixes {
  automatic,  ///< where that saves a tenth of the rows
  apart,      ///< never
};

/// How work is cut. Never changes a result.
struct ExecutorOptions {
  std::int64_t block_tokens = 768;  ///< rows a block aims at. Larger: more memory a worker
  /// Rows that a block may grow to where texts share long beginnings. Larger: beginnings are computed again
  /// less often, more memory a worker.
  std::int64_t shared_block_tokens = 4096;
  Prefixes prefixes = Prefixes::automatic;
};

/// A program with its weights.
class Executor {
 public:
  /// All three must outlive the executor.
  Executor(const graph::Graph& graph, const graph::Schedule& schedule, const Weights& weights)
      : graph_(graph), schedule_(schedule), weights_(weights) {}

  /// Run every text; output i of the schedule goes to sinks[i]. Progress advances in tokens.
  /// Errors: input when an id lies outside the vocabulary, a text is longer than the model's positions, or an
  /// embedding row is not finite; usage for unseen pads where what a pad computes is not known.
  void run(const PackedTokens& tokens, std::span<Sink* const> sinks, const ExecutorOptions& options,
           const RunContext& context) const;

 private:
  const graph::Graph& graph_;
  const graph::Schedule& schedule_;
  const Weights& weights_;
};

}  // namespace sonde::engine
