#include "sonde/projections/edge_rounds.h"

#include <bit>

namespace sonde::projections {
namespace {

// The rounds in which a point is busy, a bit each.
using Busy = std::vector<std::uint64_t>;

std::int64_t first_free(const Busy& a, const Busy& b) {
  for (std::size_t word = 0;; ++word) {
    const std::uint64_t taken = (word < a.size() ? a[word] : 0) | (word < b.size() ? b[word] : 0);
    if (~taken != 0) return static_cast<std::int64_t>(64 * word) + std::countr_one(taken);
  }
}

void take(Busy& busy, std::int64_t round) {
  const auto word = static_cast<std::size_t>(round / 64);
  if (busy.size() <= word) busy.resize(word + 1);
  busy[word] |= std::uint64_t{1} << round % 64;
}

}  // namespace

EdgeRounds edge_rounds(const NeighbourGraph& graph, float least) {
  struct Edge {
    std::int32_t head, tail;
    float weight;
  };
  std::vector<Busy> busy(graph.size());
  std::vector<std::vector<Edge>> rounds;
  for (std::int64_t i = 0; i < graph.size(); ++i) {
    for (std::int64_t e = graph.begin[i]; e < graph.begin[i + 1]; ++e) {
      const std::int32_t j = graph.columns[e];
      if (j < i || graph.weights[e] < least) continue;
      const std::int64_t round = first_free(busy[i], busy[j]);
      take(busy[i], round);
      take(busy[j], round);
      if (round == std::ssize(rounds)) rounds.emplace_back();
      rounds[round].push_back({static_cast<std::int32_t>(i), j, graph.weights[e]});
    }
  }
  EdgeRounds result;
  for (const std::vector<Edge>& round : rounds) {
    for (const Edge& edge : round) {
      result.heads.push_back(edge.head);
      result.tails.push_back(edge.tail);
      result.weights.push_back(edge.weight);
    }
    result.begin.push_back(result.edges());
  }
  return result;
}

}  // namespace sonde::projections
