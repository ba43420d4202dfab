// Activations of a model: all addresses asked for, from one pass over the texts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sonde/capture/address.h"
#include "sonde/capture/language_model.h"
#include "sonde/capture/pooling.h"
#include "sonde/core/run_context.h"
#include "sonde/engine/executor.h"
#include "sonde/kernels/gemm.h"
#include "sonde/text/token_batch.h"

namespace sonde::capture {

/// What was captured at one address.
struct Activations {
  std::string at;
  Matrix values;  ///< pooled [n, d]; ragged [sum of tokens, d]; attention weights [sum of h·t·t, 1]
  std::vector<std::int64_t> offsets;  ///< [n + 1] first row of each text when ragged, else empty
};

/// Check that every text has tokens and can be pooled. `rows` [n] is what messages call the texts; empty: 1 …
/// n. Errors: input, naming the row.
void check_texts(const text::TokenBatch& batch, const Pooling& pooling,
                 std::span<const std::int64_t> rows = {});

/// A model prepared for some addresses: sliced to what they need, its weights packed.
class Capture {
 public:
  /// Prepare for products of some precision; `model` must outlive this.
  /// Errors: input when a weight that is needed is missing or not finite.
  Capture(const LanguageModel& model, std::vector<Address> addresses, const RunContext& context,
          kernels::GemmPrecision precision = kernels::GemmPrecision::float32);

  /// Run all texts once. A value with one row per text is kept as it is, whatever the pooling.
  /// Errors: input when a text has no tokens or cannot be pooled; usage when attention weights are asked for
  /// with another pooling than `none`.
  std::vector<Activations> run(const text::TokenBatch& batch, std::string_view pooling,
                               const RunContext& context, const engine::ExecutorOptions& options = {}) const;

  /// Prepare for some of the addresses only, with the weights that are packed already: what only the others
  /// needed is not computed any more. The rows of those that are kept do not change a bit.
  /// Shapes: kept, ascending indices into addresses().
  Capture narrowed(std::span<const std::size_t> kept) const;

  const std::vector<Address>& addresses() const { return addresses_; }
  /// Give the width d of the rows of an address.
  std::int64_t width(std::size_t address) const {
    return model_->graph().value(addresses_.at(address).value).width;
  }
  const graph::Schedule& schedule() const { return schedule_; }
  const engine::Weights& weights() const { return *weights_; }

 private:
  Capture(const Capture& whole, std::vector<Address> addresses);

  const LanguageModel* model_;
  std::vector<Address> addresses_;
  graph::Schedule schedule_;
  std::shared_ptr<const engine::Weights> weights_;  // of the widest capture
};

}  // namespace sonde::capture
