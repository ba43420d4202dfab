// Probes that learn from batches of rows as they come, so that nothing need be stored: what a forward pass
// feeds while it runs, and what an offline fit feeds from stored rows. Runs no model and opens no file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sonde/probes/probe.h"

namespace sonde::probes {

/// Which rows make up the batches. Probes of equal plans may share one pass.
struct OnlinePlan {
  /// In which order an epoch visits the rows.
  enum class Order { as_given, shuffled };
  std::int64_t batch = 32;  ///< rows of a batch; the last of an epoch may have fewer
  std::int64_t epochs = 1;  ///< passes over the rows at most
  Order order = Order::as_given;

  bool operator==(const OnlinePlan&) const = default;
};

/// Give the order in which an epoch visits n rows; a shuffled one follows from the seed and the epoch.
std::vector<std::int64_t> epoch_order(const OnlinePlan& plan, std::int64_t n, std::int64_t epoch,
                                      const RunContext& context);

/// Some rows with their classes or numbers, as the probe's TargetKind asks.
/// Shapes: rows [b, d]; labels [b]; targets [b].
struct OnlineBatch {
  MatrixView rows;
  std::span<const std::int32_t> labels;
  std::span<const double> targets;
};

/// A fit under way. Used by one thread at a time.
class OnlineFit {
 public:
  virtual ~OnlineFit() = default;
  /// Learn from the next batch. Rows and targets must be finite. Does nothing once done().
  /// Errors: input for targets that the probe cannot take.
  virtual void step(const OnlineBatch& batch) = 0;
  /// Tell whether no further batch would change anything.
  virtual bool done() const = 0;
  /// Give what was learned. No batch may follow.
  /// Errors: input when the weights are no numbers.
  virtual std::unique_ptr<FittedProbe> finish() = 0;
};

/// What a probe that learns online has to offer besides Probe.
class OnlineProbe {
 public:
  virtual ~OnlineProbe() = default;
  virtual OnlinePlan plan() const = 0;
  /// Begin a fit on rows of `width` numbers; a probe of numbers ignores the classes. Random choices follow
  /// from the context's seed.
  virtual std::unique_ptr<OnlineFit> begin(std::int64_t width, std::span<const std::string> classes,
                                           const RunContext& context) const = 0;
};

/// Fit to stored rows: batches of the plan's epochs until the fit is done. The same bits as a pass that gives
/// the same rows in the same order. Errors: partial when cancelled.
std::unique_ptr<FittedProbe> fit_batches(const OnlineProbe& probe, const LabelledInput& train,
                                         const RunContext& context);

}  // namespace sonde::probes
