// Where UMAP begins: the graph laid out by the smooth functions on it.
#pragma once

#include <cstdint>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/projections/neighbour_graph.h"

namespace sonde::projections {

/// Count the parts of a graph that no edge joins.
std::int64_t connected_parts(const NeighbourGraph& graph);

/// Give the eigenvectors of the normalised Laplacian I − D^−½ W D^−½ with the smallest eigenvalues after the
/// first, which is known. The graph must be connected.
/// Shapes: [n, dims], columns of length 1. Source: Belkin and Niyogi 2003, "Laplacian Eigenmaps"; accuracy
/// 1e-4 as umap-learn 0.5.12 asks for. Cost: steps · edges + steps² · n.
Matrix spectral_layout(const NeighbourGraph& graph, std::int64_t dims, const RunContext& context);

}  // namespace sonde::projections
