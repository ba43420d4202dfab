// Memory given to values: played through on marked memory for many sets of outputs, and as small as reuse
// makes it.
#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "memory_check.h"
#include "sonde/graph/schedule.h"
#include "written_graphs.h"

namespace sonde::graph {
namespace {

TEST(PlaceTest, NoLiveValueIsOverwrittenInAnEncoder) { check_many_schedules(encoder_graph(3)); }
TEST(PlaceTest, NoLiveValueIsOverwrittenInAJoinedDecoder) { check_many_schedules(joined_decoder_graph(3)); }
TEST(PlaceTest, NoLiveValueIsOverwrittenInAnInterleavedDecoder) {
  check_many_schedules(interleaved_decoder_graph(2));
}

TEST(PlaceTest, NoLiveValueIsOverwrittenInAGatedDecoder) { check_many_schedules(gated_decoder_graph(3)); }

TEST(PlaceTest, NoLiveValueIsOverwrittenInADistanceEncoder) {
  check_many_schedules(distance_encoder_graph(3));
}

// A check that cannot fail is none: two values moved into one place must be found out.
TEST(PlaceTest, TheCheckItselfFindsASharedPlace) {
  const Graph graph = encoder_graph(1);
  Schedule broken = schedule(graph, graph.hidden_states);
  const Node& attention = *std::ranges::find_if(
      graph.nodes, [](const Node& node) { return std::holds_alternative<Attend>(node.operation); });
  broken.places[attention.inputs[0]] = broken.places[attention.inputs[1]];
  ::testing::TestPartResultArray failures;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    MemoryCheck(graph, broken).run();
  }
  EXPECT_GT(failures.size(), 0);
}

TEST(PlaceTest, ValuesOutsideTheSliceHaveNoPlace) {
  const Graph graph = gated_decoder_graph(2);
  const Schedule first = schedule(graph, std::vector<ValueId>{graph.hidden_states[0]});
  std::size_t placed = 0;
  for (const Place& place : first.places) placed += place.storage != Place::Storage::nowhere;
  EXPECT_EQ(placed, 1u);
  EXPECT_EQ(first.block_floats, 0);
}

TEST(PlaceTest, AttentionReadsWholeTextsSoItsOperandsAreNeverTiled) {
  const Graph graph = joined_decoder_graph(2);
  const Schedule all = schedule(graph, std::vector<ValueId>{graph.hidden_states.back()});
  for (const Node& node : graph.nodes) {
    if (!std::holds_alternative<Attend>(node.operation)) continue;
    for (const ValueId value : node.inputs) EXPECT_EQ(all.places[value].storage, Place::Storage::block);
    EXPECT_EQ(all.places[node.output].storage, Place::Storage::block);
  }
}

TEST(PlaceTest, TablesStandBesideTheBlocksMemory) {
  const Graph graph = distance_encoder_graph(2);
  const Schedule all = schedule(graph, std::vector<ValueId>{graph.hidden_states.back()});
  // The table, its norm, and two projections a layer.
  EXPECT_EQ(all.tables.size(), 2u + 2u * 2u);
  EXPECT_TRUE(std::ranges::is_sorted(all.tables));
  for (const NodeIndex node : all.tables)
    EXPECT_EQ(all.places[graph.nodes[node].output].storage, Place::Storage::nowhere);
  EXPECT_TRUE(schedule(graph, std::vector<ValueId>{graph.hidden_states[0]}).tables.empty());
}

TEST(PlaceTest, DeeperModelsNeedNoMoreMemory) {
  for (const auto& write :
       {encoder_graph, joined_decoder_graph, gated_decoder_graph, distance_encoder_graph}) {
    const Graph shallow = write(2), deep = write(12);
    const Schedule little = schedule(shallow, std::vector<ValueId>{shallow.hidden_states.back()});
    const Schedule much = schedule(deep, std::vector<ValueId>{deep.hidden_states.back()});
    EXPECT_EQ(much.block_floats, little.block_floats);
    EXPECT_EQ(much.tile_floats, little.tile_floats);
  }
}

TEST(PlaceTest, RowsStartOnVectorBoundaries) {
  const Graph graph = joined_decoder_graph(2);
  const Schedule all = schedule(graph, graph.hidden_states);
  for (const Place& place : all.places) {
    EXPECT_EQ(place.offset % 16, 0);
    EXPECT_EQ(place.stride % 16, 0);
  }
}

}  // namespace
}  // namespace sonde::graph
