// The values of a graph that no text changes, for the attentions that read them by distance. Internal to the
// engine.
#pragma once

#include <memory>

#include "sonde/graph/graph.h"
#include "sonde/graph/schedule.h"
#include "sonde/kernels/distance.h"

namespace sonde::engine {

class Weights;

/// The packed tables of one attention; null where it has none.
struct AttentionTables {
  std::unique_ptr<const kernels::DistanceTable> keys;
  std::unique_ptr<const kernels::DistanceTable> queries;
};

/// Compute and pack the tables of an attention node for texts of up to the graph's positions.
/// Cost: a product of the table's rows with each projection.
AttentionTables make_tables(const graph::Graph& graph, const Weights& weights, graph::NodeIndex attention);

}  // namespace sonde::engine
