#include "sonde/graph/schedule.h"

namespace sonde::graph {

std::vector<Segment> fuse(const Graph& graph, std::span<const NodeIndex> nodes) {
  std::vector<Segment> segments;
  for (const NodeIndex index : nodes) {
    const Node& node = graph.nodes[index];
    const RowSpace space = graph.value(node.output).rows;
    if (space == RowSpace::table) continue;
    // Unfolding reads rows of other tiles, which an earlier segment must have finished.
    const bool reads_neighbours = std::holds_alternative<Unfold>(node.operation);
    if (std::holds_alternative<Attend>(node.operation)) {
      segments.push_back({Segment::Kind::attention, space, {index}});
    } else if (!reads_neighbours && !segments.empty() && segments.back().kind == Segment::Kind::rows &&
               segments.back().space == space) {
      segments.back().nodes.push_back(index);
    } else {
      segments.push_back({Segment::Kind::rows, space, {index}});
    }
  }
  return segments;
}

}  // namespace sonde::graph
