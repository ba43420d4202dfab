// A symmetric weighted graph over rows, from what each row says of its nearest others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/kernels/student_forces.h"
#include "sonde/solvers/nearest_neighbours.h"

namespace sonde::projections {

/// A symmetric sparse matrix by rows, columns ascending, none on the diagonal.
/// Shapes: begin [n + 1], columns and weights [begin[n]].
struct NeighbourGraph {
  std::vector<std::int64_t> begin;
  std::vector<std::int32_t> columns;
  std::vector<float> weights;

  std::int64_t size() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  kernels::SparseView view() const { return {begin, columns, weights}; }
};

/// Combines what i says of j with what j says of i, either of which may be 0.
using Combine = double (*)(double mine, double theirs);

/// Make the graph of the pairs of which at least one names the other.
/// Shapes: weights [n, count], of the neighbours in their order.
NeighbourGraph symmetric_graph(const solvers::NearestNeighbours& nearest, std::span<const double> weights,
                               Combine combine);

}  // namespace sonde::projections
