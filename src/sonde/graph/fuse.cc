#include "sonde/graph/schedule.h"

namespace sonde::graph {

std::vector<Segment> fuse(const Graph& graph, std::span<const NodeIndex> nodes) {
  std::vector<Segment> segments;
  for (const NodeIndex index : nodes) {
    const Node& node = graph.nodes[index];
    const RowSpace space = graph.value(node.output).rows;
    if (std::holds_alternative<Attend>(node.operation)) {
      segments.push_back({Segment::Kind::attention, space, {index}});
    } else if (!segments.empty() && segments.back().kind == Segment::Kind::rows &&
               segments.back().space == space) {
      segments.back().nodes.push_back(index);
    } else {
      segments.push_back({Segment::Kind::rows, space, {index}});
    }
  }
  return segments;
}

}  // namespace sonde::graph
