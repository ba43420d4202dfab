// One worker's way through one block. Internal to the engine.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sonde/engine/executor.h"
#include "sonde/engine/layout.h"
#include "sonde/engine/tail.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/attention.h"

namespace sonde::engine {

/// The memory one worker keeps from block to block.
class Workspace {
 public:
  Workspace(const graph::Graph& graph, const graph::Schedule& schedule, std::int64_t rows,
            std::int64_t longest);

  std::int64_t rows = 0;  ///< rows of every block buffer
  kernels::AlignedFloats block;
  kernels::AlignedFloats tile;
  kernels::AlignedFloats pairs;  ///< attention probabilities of one text
  std::unique_ptr<kernels::AttentionScratch> attention;
  std::unique_ptr<kernels::DistanceScratch> distances;
  BlockLayout layout;
};

/// What every block of a run shares.
struct RunInputs {
  const graph::Graph& graph;
  const graph::Schedule& schedule;
  const Weights& weights;
  const PackedTokens& tokens;
  std::span<Sink* const> sinks;
  std::optional<Tail> tail;
};

/// The run of one block.
class BlockRun {
 public:
  BlockRun(const RunInputs& inputs, std::span<const PlacedText> texts, Workspace& workspace);
  /// Run all segments and feed the sinks.
  void run();

 private:
  struct Rows {
    std::int64_t first = 0;
    std::int64_t count = 0;
  };

  void run_rows(const graph::Segment& segment);
  void run_node(graph::NodeIndex index, Rows rows);
  void run_attention(graph::NodeIndex index);
  void attend(const graph::Node& node, std::int64_t text, Rows queries,
              const kernels::DistanceTerms* distances);
  void leave_out_unneeded_rows();
  void look_up(const graph::Node& node, const graph::Embedding& embedding, Rows rows);
  void unfold(const graph::Node& node, std::int64_t taps, Rows rows);
  void rotate(const graph::Node& node, const graph::Rotate& rotation, Rows rows);
  void take_first_rows(const graph::Node& node, Rows rows);
  void average_rows(const graph::Node& node, Rows rows);
  // The input's rows of one text, counted from the block's first.
  MatrixView text_rows(graph::ValueId value, std::int64_t text);
  void emit(graph::ValueId value, Rows rows);
  void emit_to(Sink& sink, graph::ValueId value, Rows rows);
  std::span<const float> parameter(const graph::Node& node, std::size_t i) const;
  MutableMatrixView view(graph::ValueId value, Rows rows);

  // Give the row of a table for a row of the block.
  std::int64_t table_row(const graph::Embedding& embedding, std::int64_t row) const;
  // Give the tokens of the text that a row belongs to.
  std::int64_t tokens_around(std::int64_t row) const;

  const RunInputs& in_;
  Workspace& memory_;
  BlockLayout& layout_;
  bool short_tail_ = false;  // whether the last attention and what follows leave rows out
  bool at_tail_ = false;     // whether that attention runs now
};

}  // namespace sonde::engine
