#include <algorithm>

#include "sonde/graph/schedule.h"

namespace sonde::graph {

std::vector<NodeIndex> slice(const Graph& graph, std::span<const ValueId> outputs) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const ValueId value : outputs) needed[graph.storage_of(value)] = true;
  std::vector<NodeIndex> nodes;
  // Nodes stand in running order, so one walk from the back meets every user before its producer.
  for (auto i = static_cast<NodeIndex>(graph.nodes.size()) - 1; i >= 0; --i) {
    const Node& node = graph.nodes[i];
    const auto* attend = std::get_if<Attend>(&node.operation);
    if (!needed[node.output] && !(attend != nullptr && needed[attend->weights])) continue;
    for (const ValueId input : node.inputs) needed[graph.storage_of(input)] = true;
    nodes.push_back(i);
  }
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

}  // namespace sonde::graph
