#include "sonde/projections/affinities.h"

#include <cmath>
#include <limits>

namespace sonde::projections {
namespace {

constexpr int kMostBisections = 100;
constexpr double kTolerance = 1e-7;  // of the entropy, in nats; scikit-learn's is 1e-5

// Probabilities in proportion to e^−beta·(d² − nearest d²); gives their entropy.
double gaussian(std::span<const double> squares, double beta, std::span<double> p) {
  double sum = 0, weighted = 0;
  for (std::size_t j = 0; j < p.size(); ++j) {
    const double beyond = squares[j] - squares[0];
    p[j] = std::exp(-beta * beyond);
    sum += p[j];
    weighted += p[j] * beyond;
  }
  for (double& value : p) value /= sum;
  return std::log(sum) + beta * weighted / sum;
}

// The precision beta is bisected in units of the mean square, so that the scale of the rows does not matter.
void calibrate(std::span<const double> squares, double wanted, std::span<double> p) {
  double mean = 0;
  for (const double square : squares) mean += (square - squares[0]) / static_cast<double>(squares.size());
  double beta = mean > 0 ? 1 / mean : 1, low = 0, high = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kMostBisections; ++step) {
    const double apart = gaussian(squares, beta, p) - wanted;
    if (std::abs(apart) <= kTolerance) return;
    (apart > 0 ? low : high) = beta;
    beta = std::isinf(high) ? 2 * beta : (low + high) / 2;
  }
}

}  // namespace

std::vector<double> conditional_affinities(const solvers::NearestNeighbours& nearest, double perplexity) {
  const std::int64_t n = nearest.size(), k = nearest.count;
  std::vector<double> p(n * k), squares(k);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < k; ++j) {
      const double distance = nearest.distances[i * k + j];
      squares[j] = distance * distance;
    }
    calibrate(squares, std::log(perplexity), std::span(p).subspan(i * k, k));
  }
  return p;
}

NeighbourGraph joint_affinities(const solvers::NearestNeighbours& nearest, double perplexity) {
  NeighbourGraph graph = symmetric_graph(nearest, conditional_affinities(nearest, perplexity),
                                         [](double mine, double theirs) { return mine + theirs; });
  const double all = 2 * static_cast<double>(nearest.size());
  for (float& weight : graph.weights) weight = static_cast<float>(weight / all);
  return graph;
}

}  // namespace sonde::projections
