// A pass of texts through a model that keeps no activations: pooled rows go from a group of texts straight
// into sinks and are forgotten. The pass ends when every sink is done, and computes no deeper than those that
// are not.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/capture/capture.h"
#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/text/token_batch.h"

namespace sonde::fitting {

/// The texts of a pass: `prompts` of each example, one after the other.
struct PassTexts {
  const text::TokenBatch* batch = nullptr;
  std::string_view pooling = "mean";  ///< any that keeps one row per text
  std::int64_t prompts = 1;
  std::span<const std::int64_t> rows;  ///< [n] what messages call the examples; empty: 1 … n
  /// Examples run together until their texts have this many tokens. Larger: more even work for many threads,
  /// but a sink that is done is noticed later; never changes what sinks are given.
  std::int64_t group_tokens = 3072;
  engine::ExecutorOptions executor = {};

  std::int64_t examples() const { return batch->size() / prompts; }
};

/// Takes rows of an address as a pass makes them.
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// Take the rows of some examples, in the order of the pass. One thread at a time.
  virtual void take(MatrixView rows, std::span<const std::int64_t> examples) = 0;
  /// Tell whether no further rows would change anything.
  virtual bool done() const { return false; }
};

/// A sink at an address.
struct SinkPlace {
  std::size_t address = 0;  ///< index into the capture's addresses
  std::string read = {};    ///< how it reads several prompts, as prompts.h has it; else all in one row
  RowSink* sink = nullptr;
};

/// Which examples a pass visits.
struct PassOrder {
  std::span<const std::int64_t> examples;
  std::int64_t whole = 1;  ///< sinks are given this many together, or a multiple; fewer at the end alone
};

/// A stretch of a pass over which the same was computed.
struct PassStretch {
  std::int64_t examples = 0;   ///< run in it
  std::int64_t tokens = 0;     ///< of their texts
  std::int64_t addresses = 0;  ///< at which some sink was not done
  std::int64_t nodes = 0;      ///< operations that each text went through
};

/// Count the tokens of all stretches.
std::int64_t tokens_of(std::span<const PassStretch> stretches);

/// Give the width of the rows that a sink at an address gets.
std::int64_t row_width(const capture::Capture& capture, const SinkPlace& place, std::int64_t prompts);

/// Run examples through the sinks. What each is given does not depend on threads or on how texts were cut
/// into blocks and groups. Counts examples as progress. Errors: input for texts that cannot be pooled and
/// rows that are not finite (address and row named); usage for a pooling that keeps every token; partial when
/// cancelled.
std::vector<PassStretch> run_pass(const capture::Capture& capture, std::span<const SinkPlace> sinks,
                                  const PassTexts& texts, const PassOrder& order, const RunContext& context);

}  // namespace sonde::fitting
