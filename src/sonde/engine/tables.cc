#include "sonde/engine/tables.h"

#include <algorithm>
#include <vector>

#include "sonde/engine/weights.h"
#include "sonde/kernels/normalize.h"

namespace sonde::engine {
namespace {

using graph::Graph;
using graph::ValueId;

// A computed value; its buffer has room for padded rows.
class TableValue {
 public:
  TableValue(std::int64_t rows, std::int64_t cols)
      : memory_((rows + kernels::kRowPadding) / kernels::kRowPadding * kernels::kRowPadding * cols),
        view_{memory_.data(), rows, cols, cols} {}
  MutableMatrixView view() const { return view_; }

 private:
  kernels::AlignedFloats memory_;
  MutableMatrixView view_;
};

// Compute a value from the learned table on. A norm that several layers share is computed for each: it costs
// next to nothing beside the projection.
TableValue evaluate(const Graph& graph, const Weights& weights, ValueId value) {
  const auto node = std::ranges::find(graph.nodes, value, &graph::Node::output);
  const graph::ValueRecord& record = graph.value(value);
  TableValue result(record.table_rows, record.width);
  if (std::holds_alternative<graph::Table>(node->operation)) {
    std::ranges::copy(weights.floats(node->parameters[0]), result.view().data);
    return result;
  }
  const TableValue input = evaluate(graph, weights, node->inputs[0]);
  if (std::holds_alternative<graph::Linear>(node->operation)) {
    weights.packed(static_cast<graph::NodeIndex>(node - graph.nodes.begin()))
        .multiply(input.view(), result.view());
    return result;
  }
  const auto* norm = std::get_if<graph::Normalize>(&node->operation);
  SONDE_ASSERT(norm != nullptr && norm->kind == graph::Normalize::Kind::layer);
  kernels::layer_norm(input.view(), weights.floats(node->parameters[0]).data(),
                      weights.floats(node->parameters[1]).data(), norm->eps, result.view());
  return result;
}

}  // namespace

AttentionTables make_tables(const Graph& graph, const Weights& weights, graph::NodeIndex attention) {
  const auto& attend = std::get<graph::Attend>(graph.nodes[attention].operation);
  SONDE_ASSERT(graph.positions > 0);
  std::vector<std::int64_t> rows;
  for (std::int64_t distance = 1 - graph.positions; distance < graph.positions; ++distance)
    rows.push_back(kernels::relative_row(attend.distances.rows, distance));
  const auto pack = [&](ValueId value, kernels::DistanceOrder order) {
    if (value == graph::kNoValue) return std::unique_ptr<const kernels::DistanceTable>();
    return std::make_unique<const kernels::DistanceTable>(
        evaluate(graph, weights, value).view(), rows,
        kernels::DistanceShape{attend.shape.heads, attend.shape.head_width, graph.positions, order});
  };
  return {pack(attend.distances.keys, kernels::DistanceOrder::falling),
          pack(attend.distances.queries, kernels::DistanceOrder::rising)};
}

}  // namespace sonde::engine
