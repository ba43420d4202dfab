#include "sonde/graph/cost.h"

#include <algorithm>

namespace sonde::graph {
namespace {

std::int64_t row_count(const ValueRecord& value, const Workload& work) {
  switch (value.rows) {
    case RowSpace::token:
      return work.texts * work.tokens;
    case RowSpace::sequence:
      return work.texts;
    case RowSpace::pair:
      return work.texts * work.tokens * work.tokens;
    case RowSpace::table:
      return value.table_rows;
  }
  return 0;
}

// Pairs (token, token it sees) of one text.
std::int64_t seen_pairs(const kernels::AttentionShape& shape, std::int64_t tokens) {
  const std::int64_t window = shape.window == 0 ? tokens : std::min(shape.window, tokens);
  const std::int64_t before = window * (window + 1) / 2 + (tokens - window) * window;  // itself included
  return shape.mask == kernels::AttentionMask::causal ? before : 2 * before - tokens;
}

std::int64_t multiply_adds(const Graph& graph, const Node& node, const Workload& work) {
  if (std::holds_alternative<Linear>(node.operation)) {
    return row_count(graph.value(node.output), work) * graph.parameter(node.parameters.front()).size();
  }
  if (const auto* attend = std::get_if<Attend>(&node.operation)) {
    const kernels::AttentionShape& shape = attend->shape;
    // Scores and context, and one more product with each table that is read by distance.
    const std::int64_t products =
        2 + (attend->distances.keys != kNoValue) + (attend->distances.queries != kNoValue);
    return products * work.texts * seen_pairs(shape, work.tokens) * shape.heads * shape.head_width;
  }
  return 0;
}

}  // namespace

std::int64_t parameter_count(const Graph& graph) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < graph.parameters.size(); ++i)
    count += graph.own_size(static_cast<ParameterId>(i));
  return count;
}

std::int64_t listed_parameter_count(const Graph& graph) {
  std::int64_t count = 0;
  for (const ParameterRecord& parameter : graph.parameters) count += parameter.size();
  return count;
}

std::int64_t number_count(const Graph& graph, ValueId value, const Workload& work) {
  return row_count(graph.value(value), work) * graph.value(value).width;
}

std::int64_t activation_count(const Graph& graph, const Workload& work) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) {
    const bool layer = !node.parameters.empty() && !std::holds_alternative<Table>(node.operation);
    if (layer) count += number_count(graph, node.output, work);
  }
  return count;
}

std::int64_t multiply_adds(const Graph& graph, const Workload& work) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) count += multiply_adds(graph, node, work);
  return count;
}

}  // namespace sonde::graph
