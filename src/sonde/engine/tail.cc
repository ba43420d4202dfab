#include "sonde/engine/tail.h"

#include <algorithm>
#include <set>

namespace sonde::engine {

std::optional<Tail> find_tail(const graph::Graph& graph, const graph::Schedule& schedule) {
  const auto by_token = [&](graph::ValueId value) {
    return graph.value(value).rows == graph::RowSpace::token;
  };
  if (!std::ranges::all_of(schedule.outputs, by_token)) return std::nullopt;
  std::set<graph::ValueId> made, read;  // after the attention
  for (std::size_t s = schedule.segments.size(); s-- > 0;) {
    const graph::Segment& segment = schedule.segments[s];
    if (segment.kind == graph::Segment::Kind::attention) {
      Tail tail{.attention = s};
      std::ranges::set_difference(read, made, std::back_inserter(tail.carried));
      return tail;
    }
    for (const graph::NodeIndex index : segment.nodes) {
      const graph::Node& node = graph.nodes[index];
      if (std::holds_alternative<graph::Unfold>(node.operation) || !by_token(node.output))
        return std::nullopt;
      made.insert(node.output);
      for (const graph::ValueId input : node.inputs) read.insert(graph.storage_of(input));
    }
  }
  return std::nullopt;
}

}  // namespace sonde::engine
