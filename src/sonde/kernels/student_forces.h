// Forces of t-SNE between points in the plane or in space, whose similarity falls as a Student t distribution
// with one degree of freedom: q = 1 / (1 + |a − b|²). All points repel each other, pair by pair; neighbours
// attract. A point's sums depend on the points alone, not on the range that a call covers.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/kernels/points.h"

namespace sonde::kernels {

/// Rows of a sparse matrix over the same points. Shapes: begin [n + 1], columns and weights [begin[n]].
struct SparseView {
  std::span<const std::int64_t> begin;
  std::span<const std::int32_t> columns;
  std::span<const float> weights;
};

/// A range of points, [first, last).
struct PointRange {
  std::int64_t first = 0, last = 0;
};

/// Write for each point i of the range Σ_j q² (y_i − y_j) to forces and Σ_{j≠i} q to sums.
/// Shapes: forces as the points; sums [n]. Cost: (last − first) · n.
void student_repulsion(const PointsView& points, const PointRange& range, float* forces, float* sums);

/// Write for each point i of the range Σ_j w_ij q (y_i − y_j) to forces. Shapes: forces as the points.
void student_attraction(const PointsView& points, const SparseView& weights, const PointRange& range,
                        float* forces);

/// Write for each point i of the range Σ_j w_ij log q to sums [n].
void student_log_similarity(const PointsView& points, const SparseView& weights, const PointRange& range,
                            float* sums);

}  // namespace sonde::kernels
