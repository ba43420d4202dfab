// The edges of a graph in rounds, so that no two edges of a round share a point: they can be worked on at
// once, by any number of threads, with one result.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/projections/neighbour_graph.h"

namespace sonde::projections {

/// Undirected edges, round after round. Shapes: all but begin [edges].
struct EdgeRounds {
  std::vector<std::int32_t> heads, tails;
  std::vector<float> weights;
  std::vector<std::int64_t> begin{0};  ///< [rounds + 1]

  std::int64_t rounds() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::int64_t edges() const { return static_cast<std::int64_t>(heads.size()); }
};

/// Put each edge whose weight is at least `least` into the first round that has neither of its ends. At most
/// twice the largest degree less one rounds come out of it.
/// Source: greedy edge colouring; Shannon 1949 gives the bound for the best one.
EdgeRounds edge_rounds(const NeighbourGraph& graph, float least);

}  // namespace sonde::projections
