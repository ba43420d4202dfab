#include "sonde/graph/cost.h"

#include <algorithm>

namespace sonde::graph {
namespace {

std::int64_t row_count(RowSpace rows, const Workload& work) {
  switch (rows) {
    case RowSpace::token:
      return work.texts * work.tokens;
    case RowSpace::sequence:
      return work.texts;
    case RowSpace::pair:
      return work.texts * work.tokens * work.tokens;
  }
  return 0;
}

// Pairs (token, token it sees) of one text.
std::int64_t seen_pairs(const kernels::AttentionShape& shape, std::int64_t tokens) {
  if (shape.mask == kernels::AttentionMask::all) return tokens * tokens;
  const std::int64_t window = shape.window == 0 ? tokens : std::min(shape.window, tokens);
  return window * (window + 1) / 2 + (tokens - window) * window;
}

std::int64_t multiply_adds(const Graph& graph, const Node& node, const Workload& work) {
  if (std::holds_alternative<Linear>(node.operation)) {
    const RowSpace rows = graph.value(node.output).rows;
    return row_count(rows, work) * graph.parameter(node.parameters.front()).size();
  }
  if (const auto* attend = std::get_if<Attend>(&node.operation)) {
    const kernels::AttentionShape& shape = attend->shape;
    return 2 * work.texts * seen_pairs(shape, work.tokens) * shape.heads * shape.head_width;
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
  return row_count(graph.value(value).rows, work) * graph.value(value).width;
}

std::int64_t activation_count(const Graph& graph, const Workload& work) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) {
    if (!node.parameters.empty()) count += number_count(graph, node.output, work);
  }
  return count;
}

std::int64_t multiply_adds(const Graph& graph, const Workload& work) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) count += multiply_adds(graph, node, work);
  return count;
}

}  // namespace sonde::graph
