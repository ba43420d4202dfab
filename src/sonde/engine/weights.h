// The numbers of a graph's parameters: where they lie in a checkpoint, and packed for the nodes that will
// run.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/engine/fresh_weights.h"
#include "sonde/engine/tables.h"
#include "sonde/files/checkpoint.h"
#include "sonde/graph/schedule.h"

namespace sonde::engine {

/// Which checkpoint tensor each parameter is.
struct Binding {
  std::vector<const files::TensorInfo*> tensors;  ///< by parameter; null where the checkpoint has none
  std::vector<std::string> missing;               ///< parameters without a tensor
  std::vector<std::string> unused;  ///< tensors that no parameter is and no architecture ignores
  const files::Checkpoint* checkpoint = nullptr;  ///< what the tensors are of
  std::shared_ptr<const FreshWeights> fresh;  ///< where set, the numbers of all parameters; no tensor is read
};

/// Find every parameter of `graph` in `checkpoint`. One rule covers base and head checkpoints: a name is
/// looked for as it is, without the base prefix, and with it; then the same for the parameter it is tied to,
/// and for those tied to it.
/// Errors: input when a tensor's shape is not the parameter's (name, got, expected).
Binding bind(const graph::Graph& graph, const files::Checkpoint& checkpoint);

/// Bind every parameter to numbers that are drawn instead of read.
Binding bind(const graph::Graph& graph, std::shared_ptr<const FreshWeights> fresh);

/// The weights of one schedule, packed once however many nodes share one. Holds no more than the schedule's
/// nodes need.
class Weights {
 public:
  /// Pack what `schedule` needs for products of some precision. The checkpoint must outlive this.
  /// Errors: input when a needed parameter is missing or holds NaN or infinities.
  Weights(const graph::Graph& graph, const graph::Schedule& schedule, const Binding& binding,
          const RunContext& context, kernels::GemmPrecision precision = kernels::GemmPrecision::float32);

  /// Give the packed weight of a linear node.
  const kernels::PackedWeight& packed(graph::NodeIndex node) const { return *packed_[node]; }
  /// Give a parameter of a norm, or a relative table, as floats, row-major.
  std::span<const float> floats(graph::ParameterId parameter) const { return floats_[parameter]; }
  /// Copy a row of an embedding table out of the checkpoint, as floats.
  void read_row(graph::ParameterId parameter, std::int64_t row, std::span<float> target) const;
  /// Give the tables of an attention node that reads some by distance.
  const AttentionTables& tables(graph::NodeIndex attention) const { return tables_[attention]; }
  /// Give the bytes held beside the mapped file.
  std::int64_t bytes() const { return bytes_; }

 private:
  static const files::TensorInfo& tensor_of(const graph::Graph& graph, const Binding& binding,
                                            graph::ParameterId parameter);
  static std::unique_ptr<kernels::PackedWeight> pack(const graph::Graph& graph, const Binding& binding,
                                                     graph::NodeIndex node, kernels::GemmPrecision precision);
  void hold(const graph::Graph& graph, const Binding& binding, const graph::Node& node);
  void pack_all(const graph::Graph& graph, const Binding& binding, std::span<const graph::NodeIndex> dense,
                const RunContext& context, kernels::GemmPrecision precision);
  void make_all_tables(const graph::Graph& graph, const graph::Schedule& schedule, const RunContext& context);
  std::span<const float> floats_of(const graph::Graph& graph, const Binding& binding,
                                   graph::ParameterId parameter);

  std::shared_ptr<const FreshWeights> fresh_;
  std::vector<std::shared_ptr<const kernels::PackedWeight>> packed_;  // by node; of one parameter, one
  std::vector<AttentionTables> tables_;                               // by node
  std::vector<std::span<const float>> floats_;                        // by parameter
  std::vector<const files::TensorInfo*> looked_up_;                   // by parameter
  std::vector<std::unique_ptr<std::vector<float>>> owned_;
  std::int64_t bytes_ = 0;
};

}  // namespace sonde::engine
