#include "sonde/projections/edge_rounds.h"

#include <set>

#include "peers.h"
#include "sonde/projections/fuzzy_graph.h"

namespace sonde::projections {
namespace {

TEST(EdgeRounds, HoldEveryEdgeOnceAndNoPointTwice) {
  for (const PeerSet& set : peer_sets()) {
    const NeighbourGraph graph = fuzzy_graph(solvers::nearest_neighbours(set.x.view(), 14, {}));
    const float least = 0.05F;
    const EdgeRounds rounds = edge_rounds(graph, least);
    std::set<std::pair<std::int32_t, std::int32_t>> wanted, found;
    std::int64_t degree = 0;
    for (std::int32_t i = 0; i < graph.size(); ++i) {
      degree = std::max(degree, graph.begin[i + 1] - graph.begin[i]);
      for (std::int64_t e = graph.begin[i]; e < graph.begin[i + 1]; ++e)
        if (graph.columns[e] > i && graph.weights[e] >= least) wanted.emplace(i, graph.columns[e]);
    }
    for (std::int64_t round = 0; round < rounds.rounds(); ++round) {
      std::set<std::int32_t> busy;
      EXPECT_LT(rounds.begin[round], rounds.begin[round + 1]);
      for (std::int64_t e = rounds.begin[round]; e < rounds.begin[round + 1]; ++e) {
        EXPECT_TRUE(busy.insert(rounds.heads[e]).second);
        EXPECT_TRUE(busy.insert(rounds.tails[e]).second);
        EXPECT_GE(rounds.weights[e], least);
        EXPECT_TRUE(found.emplace(rounds.heads[e], rounds.tails[e]).second);
      }
    }
    EXPECT_EQ(found, wanted);
    EXPECT_LE(rounds.rounds(), 2 * degree - 1);
  }
}

}  // namespace
}  // namespace sonde::projections
