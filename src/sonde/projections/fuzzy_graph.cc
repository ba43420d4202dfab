#include "sonde/projections/fuzzy_graph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace sonde::projections {
namespace {

constexpr int kMostBisections = 64;
constexpr double kTolerance = 1e-5;
constexpr double kLeastShare = 1e-3;  // of the mean distance, below which no width falls

double membership(double distance, const LocalScale& scale) {
  const double beyond = distance - scale.nearest;
  return beyond > 0 ? std::exp(-beyond / scale.width) : 1;
}

double calibrated_width(std::span<const double> distances, double nearest, double wanted) {
  double width = 1, low = 0, high = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kMostBisections; ++step) {
    double sum = 0;
    for (const double distance : distances) sum += membership(distance, {nearest, width});
    if (std::abs(sum - wanted) < kTolerance) break;
    (sum > wanted ? high : low) = width;
    width = std::isinf(high) ? 2 * width : (low + high) / 2;
  }
  return width;
}

double mean(std::span<const double> values, double count) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / count;
}

constexpr int kPlaces = 300;

// What is left of the wanted curve at one place, and how it changes with a and b.
struct Residual {
  double value, by_a, by_b;
};

Residual residual(double x, double wanted, const UmapCurve& curve) {
  if (x == 0) return {wanted - 1, 0, 0};
  const double raised = std::pow(x, 2 * curve.b), below = 1 + curve.a * raised;
  return {wanted - 1 / below, raised / (below * below), 2 * curve.a * raised * std::log(x) / (below * below)};
}

}  // namespace

std::vector<LocalScale> local_scales(const solvers::NearestNeighbours& nearest) {
  const auto k = static_cast<double>(nearest.count + 1);  // umap-learn counts the row itself
  const double over_all = mean(nearest.distances, static_cast<double>(nearest.size()) * k);
  std::vector<LocalScale> scales(nearest.size());
  for (std::int64_t i = 0; i < nearest.size(); ++i) {
    const auto distances = nearest.distances_of(i);
    LocalScale& scale = scales[i];
    const auto first = std::ranges::find_if(distances, [](double d) { return d > 0; });
    scale.nearest = first == distances.end() ? 0 : *first;
    scale.width = calibrated_width(distances, scale.nearest, std::log2(k));
    scale.width = std::max(scale.width, kLeastShare * (scale.nearest > 0 ? mean(distances, k) : over_all));
  }
  return scales;
}

NeighbourGraph fuzzy_graph(const solvers::NearestNeighbours& nearest) {
  const std::vector<LocalScale> scales = local_scales(nearest);
  std::vector<double> memberships(nearest.distances.size());
  for (std::size_t e = 0; e < memberships.size(); ++e) {
    memberships[e] = membership(nearest.distances[e], scales[e / static_cast<std::size_t>(nearest.count)]);
  }
  return symmetric_graph(nearest, memberships,
                         [](double mine, double theirs) { return mine + theirs - mine * theirs; });
}

UmapCurve fit_curve(double min_dist, double spread) {
  UmapCurve curve;
  double damping = 1e-3;
  const auto cost_and_normal = [&](const UmapCurve& at, std::array<double, 5>* normal) {
    double cost = 0;
    for (int i = 0; i < kPlaces; ++i) {
      const double x = 3 * spread * i / (kPlaces - 1);
      const Residual r = residual(x, x < min_dist ? 1 : std::exp(-(x - min_dist) / spread), at);
      cost += r.value * r.value;
      if (normal == nullptr) continue;
      const std::array<double, 5> terms = {r.by_a * r.by_a, r.by_a * r.by_b, r.by_b * r.by_b,
                                           r.by_a * r.value, r.by_b * r.value};
      for (int t = 0; t < 5; ++t) (*normal)[t] += terms[t];
    }
    return cost;
  };
  for (int step = 0; step < 100 && damping < 1e12; ++step) {
    std::array<double, 5> n{};
    const double cost = cost_and_normal(curve, &n);
    const double aa = n[0] * (1 + damping), bb = n[2] * (1 + damping), determinant = aa * bb - n[1] * n[1];
    // residual = wanted − curve, and by_a, by_b are the slopes of the residual: go against them.
    const UmapCurve next{curve.a - (bb * n[3] - n[1] * n[4]) / determinant,
                         curve.b - (aa * n[4] - n[1] * n[3]) / determinant};
    const bool better = next.a > 0 && next.b > 0 && cost_and_normal(next, nullptr) <= cost;
    if (better) curve = next;
    damping *= better ? 0.1 : 10;
  }
  return curve;
}

}  // namespace sonde::projections
