// One worker's way through one block. Internal to the engine.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sonde/engine/blocks.h"
#include "sonde/engine/executor.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/attention.h"

namespace sonde::engine {

/// Rows that go through a row segment together. A multiple of every micro-kernel's rows and of kRowPadding.
inline constexpr std::int64_t kTileRows = 96;

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
  std::vector<std::int32_t> positions;    ///< position of every row of the block in its text
  std::vector<std::int64_t> text_of_row;  ///< text, counted from the block's first
};

/// What every block of a run shares.
struct RunInputs {
  const graph::Graph& graph;
  const graph::Schedule& schedule;
  const Weights& weights;
  const PackedTokens& tokens;
  std::span<Sink* const> sinks;
};

/// The run of one block.
class BlockRun {
 public:
  BlockRun(const RunInputs& inputs, const Block& block, Workspace& workspace);
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

  const RunInputs& in_;
  const Block& block_;
  Workspace& memory_;
};

}  // namespace sonde::engine
