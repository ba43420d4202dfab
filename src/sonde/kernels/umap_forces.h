// One pass of UMAP's stochastic descent over edges that share no point, so that their order does not matter.
// Which edges these are, and when which is due, is the caller's.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/kernels/points.h"

namespace sonde::kernels {

/// Spare places behind the last point that a pass may write to; a multiple of every vector. Places are laid
/// out as PointsView says, for n + kSparePoints points.
inline constexpr std::int64_t kSparePoints = 32;

/// The curve 1 / (1 + a · |x − y|^2b) by which points are similar, and how a pass moves them.
struct UmapForces {
  float a = 1.577F, b = 0.895F;
  float repulsion = 1;         ///< weight of one repelling point
  float rate = 1;              ///< length of a step
  std::int64_t negatives = 5;  ///< repelling points of each end of an edge
  std::uint32_t key = 0;       ///< of the draw of repelling points
};

/// Edges without a common point. Shapes: all [count].
struct EdgesView {
  std::span<const std::int32_t> heads, tails;
  std::span<const std::int32_t> numbers;  ///< each of its own, by which repelling points are drawn
};

/// Move both ends of every edge towards each other and each away from `negatives` random points, as they
/// stand in `before`; first with the head at work, then with the tail. Ends must be below n. Shapes: places,
/// before [dims, padded n + kSparePoints]; places are changed. Source: McInnes, Healy and Melville 2018,
/// "UMAP", section 3.2; clipping at 4 and the 0.001 as in umap-learn 0.5.12, layouts.py.
void umap_pass(const EdgesView& edges, const UmapForces& forces, const PointsView& before, float* places);

}  // namespace sonde::kernels
