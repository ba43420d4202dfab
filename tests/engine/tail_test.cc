// What follows the last attention of a schedule, and when rows there stand alone.
#include "sonde/engine/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tiny_model.h"

namespace sonde::engine {
namespace {

TEST(FindTailTest, BehindTheLastAttentionEachRowStandsAlone) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  const graph::Schedule schedule = graph::schedule(graph, graph.hidden_states);
  const std::optional<Tail> tail = find_tail(graph, schedule);
  ASSERT_TRUE(tail);
  const graph::Segment& segment = schedule.segments[tail->attention];
  EXPECT_EQ(segment.kind, graph::Segment::Kind::attention);
  // The stream that the attention's result joins, and that result.
  EXPECT_THAT(tail->carried,
              ::testing::UnorderedElementsAre(graph.hidden_states[0], graph.nodes[segment.nodes[0]].output));
}

TEST(FindTailTest, WithoutAttentionThereIsNone) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  EXPECT_FALSE(find_tail(graph, graph::schedule(graph, std::vector{graph.hidden_states[0]})));
}

TEST(FindTailTest, ALaterLookAtAnotherRowForbidsIt) {
  graph::Graph graph = tiny_graph(ModelKind::base);
  graph::Scope scope(graph);
  const graph::Value first = scope.first_row({graph.hidden_states.back()});
  EXPECT_FALSE(find_tail(graph, graph::schedule(graph, std::vector{first.id})));
}

}  // namespace
}  // namespace sonde::engine
