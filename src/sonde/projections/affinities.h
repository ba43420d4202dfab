// The affinities of t-SNE: of every row a Gaussian over its neighbours whose width gives it the wanted number
// of neighbours, made symmetric.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/projections/neighbour_graph.h"

namespace sonde::projections {

/// Give of every row the probabilities of its neighbours, each row summing to 1 with entropy log(perplexity).
/// Shapes: [n, count]. Units: perplexity in neighbours, above 0 and below count.
/// Rows alike at more places than the perplexity cannot be told apart: their entropy stays above it.
/// Source: van der Maaten and Hinton 2008, "Visualizing Data using t-SNE", equation 1; width by bisection.
std::vector<double> conditional_affinities(const solvers::NearestNeighbours& nearest, double perplexity);

/// Give the joint affinities, which sum to 1. Source: ibid., section 3.1: (p_j|i + p_i|j) / 2n.
NeighbourGraph joint_affinities(const solvers::NearestNeighbours& nearest, double perplexity);

}  // namespace sonde::projections
