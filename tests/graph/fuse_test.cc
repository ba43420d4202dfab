// Segments hold every node once and in order, rows of one space together, attention alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/graph/schedule.h"
#include "written_graphs.h"

namespace sonde::graph {
namespace {

std::vector<NodeIndex> all_nodes(const Graph& graph) {
  std::vector<NodeIndex> nodes(graph.nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] = static_cast<NodeIndex>(i);
  return nodes;
}

TEST(FuseTest, SegmentsKeepEveryNodeInOrder) {
  for (const Graph& graph : {encoder_graph(2), joined_decoder_graph(2), gated_decoder_graph(2)}) {
    const std::vector<NodeIndex> nodes = all_nodes(graph);
    std::vector<NodeIndex> joined;
    for (const Segment& segment : fuse(graph, nodes)) {
      joined.insert(joined.end(), segment.nodes.begin(), segment.nodes.end());
    }
    EXPECT_EQ(joined, nodes);
  }
}

TEST(FuseTest, AttentionStandsAloneAndRowsShareOneSpace) {
  const Graph graph = encoder_graph(3);
  const std::vector<Segment> segments = fuse(graph, all_nodes(graph));
  std::size_t attentions = 0;
  for (const Segment& segment : segments) {
    for (const NodeIndex node : segment.nodes) {
      EXPECT_EQ(graph.value(graph.nodes[node].output).rows, segment.space);
      EXPECT_EQ(std::holds_alternative<Attend>(graph.nodes[node].operation),
                segment.kind == Segment::Kind::attention);
    }
    if (segment.kind == Segment::Kind::attention) {
      ++attentions;
      EXPECT_EQ(segment.nodes.size(), 1u);
    }
  }
  EXPECT_EQ(attentions, 3u);
  // Rows before, between and after the attentions, then the pooler's rows of texts.
  EXPECT_EQ(segments.size(), 8u);
  EXPECT_EQ(segments.back().space, RowSpace::sequence);
}

TEST(FuseTest, AConvolutionStartsASegmentAndTablesAreInNone) {
  const Graph graph = distance_encoder_graph(1);
  std::size_t unfolds = 0;
  for (const Segment& segment : fuse(graph, all_nodes(graph))) {
    EXPECT_NE(segment.space, RowSpace::table);
    for (std::size_t i = 0; i < segment.nodes.size(); ++i) {
      EXPECT_EQ(graph.value(graph.nodes[segment.nodes[i]].output).rows, segment.space);
      if (!std::holds_alternative<Unfold>(graph.nodes[segment.nodes[i]].operation)) continue;
      ++unfolds;
      EXPECT_EQ(i, 0u);
      EXPECT_GT(segment.nodes.size(), 1u) << "its product runs in the same tile";
    }
  }
  EXPECT_EQ(unfolds, 1u);
}

TEST(FuseTest, NoNodesAreNoSegments) {
  EXPECT_TRUE(fuse(encoder_graph(1), std::vector<NodeIndex>{}).empty());
}

}  // namespace
}  // namespace sonde::graph
