// A slice holds exactly what its outputs depend on, in running order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sonde/graph/schedule.h"
#include "written_graphs.h"

namespace sonde::graph {
namespace {

// Every value that `outputs` depend on, found from the front by repeating until nothing is added.
std::set<NodeIndex> needed_nodes(const Graph& graph, const std::vector<ValueId>& outputs) {
  std::set<ValueId> values;
  for (const ValueId value : outputs) values.insert(graph.storage_of(value));
  std::set<NodeIndex> nodes;
  for (bool grown = true; grown;) {
    grown = false;
    for (NodeIndex i = 0; i < static_cast<NodeIndex>(graph.nodes.size()); ++i) {
      const Node& node = graph.nodes[i];
      const auto* attend = std::get_if<Attend>(&node.operation);
      if (!values.contains(node.output) && !(attend != nullptr && values.contains(attend->weights))) continue;
      grown = nodes.insert(i).second || grown;
      for (const ValueId input : node.inputs) values.insert(graph.storage_of(input));
    }
  }
  return nodes;
}

TEST(SliceTest, EveryValueNeedsExactlyWhatItDependsOn) {
  for (const Graph& graph : {encoder_graph(2), joined_decoder_graph(2), gated_decoder_graph(2)}) {
    for (ValueId value = 0; value < static_cast<ValueId>(graph.values.size()); ++value) {
      const std::vector<ValueId> outputs = {value};
      const std::vector<NodeIndex> nodes = slice(graph, outputs);
      EXPECT_TRUE(std::ranges::is_sorted(nodes));
      EXPECT_THAT(needed_nodes(graph, outputs), ::testing::ElementsAreArray(nodes)) << value;
    }
  }
}

TEST(SliceTest, NothingAskedForIsNothingComputed) {
  EXPECT_TRUE(slice(encoder_graph(2), std::vector<ValueId>{}).empty());
}

TEST(SliceTest, TheFirstStateNeedsNoLayer) {
  const Graph graph = gated_decoder_graph(3);
  EXPECT_EQ(slice(graph, std::vector<ValueId>{graph.hidden_states[0]}).size(), 1u);
}

TEST(SliceTest, AttentionWeightsNeedTheirAttentionAndNotWhatFollows) {
  const Graph graph = encoder_graph(2);
  const std::vector<NodeIndex> nodes = slice(graph, std::vector<ValueId>{graph.inner_values[0].value});
  ASSERT_FALSE(nodes.empty());
  EXPECT_TRUE(std::holds_alternative<Attend>(graph.nodes[nodes.back()].operation));
}

}  // namespace
}  // namespace sonde::graph
