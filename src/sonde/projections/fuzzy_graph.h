// The fuzzy neighbourhood graph of UMAP, and the curve of its picture.
#pragma once

#include <vector>

#include "sonde/projections/neighbour_graph.h"

namespace sonde::projections {

/// How near a neighbour counts as belonging: 1 up to `nearest`, then e^−(distance − nearest)/width.
struct LocalScale {
  double nearest = 0;  ///< distance to the nearest row that is not the same
  double width = 1;
};

/// Find the scale of every row at which its memberships sum to log2(neighbours), with the row itself, which
/// counts as one of the neighbours but not in the sum.
/// Shapes: [n]. Source: McInnes, Healy and Melville 2018, algorithm 3; floors on the width as in umap-learn
/// 0.5.12 (smooth_knn_dist). There the sum may stay apart: a row that has no farther neighbour.
std::vector<LocalScale> local_scales(const solvers::NearestNeighbours& nearest);

/// Give the graph: memberships joined by the probabilistic or, a + b − ab. Source: ibid., section 3.1.
NeighbourGraph fuzzy_graph(const solvers::NearestNeighbours& nearest);

/// The parameters of 1 / (1 + a · x^2b).
struct UmapCurve {
  double a = 1, b = 1;
};

/// Fit the curve to one that is 1 up to min_dist and then falls as e^−(x − min_dist)/spread, by least squares
/// at 300 places from 0 to 3 · spread. Source: umap-learn 0.5.12 (find_ab_params); Levenberg 1944.
UmapCurve fit_curve(double min_dist, double spread);

}  // namespace sonde::projections
