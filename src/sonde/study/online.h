// Probes that learn while the model runs: pooled rows go from a group of texts straight into the probes and
// are forgotten. The pass ends when every probe is done, and computes no deeper than those that are not.
// Stores no activations, writes no file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/capture/capture.h"
#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/probes/online.h"
#include "sonde/text/token_batch.h"

namespace sonde::study {

/// One probe at one address.
struct OnlineTask {
  std::size_t address = 0;               ///< index into the capture's addresses
  const probes::Probe* probe = nullptr;  ///< one whose online() is not null
};

/// One fitted probe at one address.
struct FittedTask {
  std::size_t address = 0;  ///< index into the capture's addresses
  const probes::FittedProbe* probe = nullptr;
};

/// The texts of a pass.
struct OnlineTexts {
  const text::TokenBatch* batch = nullptr;
  std::string_view pooling = "mean";   ///< any that keeps one row per text
  std::span<const std::int64_t> rows;  ///< [n] what messages call the texts; empty: 1 … n
  /// Whole batches run together until they have this many tokens. Larger: more even work for many threads,
  /// but a probe that is done is noticed later; never changes what is learned.
  std::int64_t group_tokens = 3072;
  engine::ExecutorOptions executor = {};
};

/// A stretch of a pass over which the same was computed.
struct OnlineStretch {
  std::int64_t texts = 0;      ///< run in it
  std::int64_t tokens = 0;     ///< of those texts
  std::int64_t addresses = 0;  ///< at which some probe was not done
  std::int64_t nodes = 0;      ///< operations that each text went through
};

/// What a pass learned, and what it took.
struct OnlineOutcome {
  std::vector<std::unique_ptr<probes::FittedProbe>> fitted;  ///< in the order of the tasks
  std::vector<double> seconds;                               ///< of each task, spent in steps of its probe
  std::vector<OnlineStretch> stretches;                      ///< in the order run
};

/// Fit every task from passes over texts in the order that the probes' plans give; probes of equal plans
/// share one pass. Each learns the same bits as from stored activations of the same texts, for any number of
/// threads and any cutting into blocks and groups. `labelled.input` is ignored. Shapes: labels [n]. Errors:
/// as the probes say; input for texts that cannot be pooled and rows that are not finite (address and text
/// named); usage for a pooling that keeps every token; partial when cancelled.
OnlineOutcome fit_online(const capture::Capture& capture, std::span<const OnlineTask> tasks,
                         const OnlineTexts& texts, const probes::LabelledInput& labelled,
                         const RunContext& context);

/// Score texts with fitted probes, in one pass that stores no activations. Gives [n, k] for each task.
/// Errors: as fit_online.
std::vector<Matrix> score_online(const capture::Capture& capture, std::span<const FittedTask> tasks,
                                 const OnlineTexts& texts, const RunContext& context);

}  // namespace sonde::study
