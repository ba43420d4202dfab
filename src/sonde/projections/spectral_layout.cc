#include "sonde/projections/spectral_layout.h"

#include <cmath>
#include <span>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/team.h"
#include "sonde/solvers/lanczos.h"
#include "sonde/solvers/vectors.h"

namespace sonde::projections {
namespace {

constexpr double kTolerance = 1e-4;
constexpr std::int64_t kMostSteps = 300;

// I + D^−½ W D^−½ without its first eigenvector, which is known: D^½ times a constant, with eigenvalue 2.
class Smoothing {
 public:
  explicit Smoothing(const NeighbourGraph& graph) : graph_(graph), root_(graph.size()), first_(graph.size()) {
    double all = 0;
    for (std::int64_t i = 0; i < graph.size(); ++i) {
      double degree = 0;
      for (std::int64_t e = graph.begin[i]; e < graph.begin[i + 1]; ++e) degree += graph.weights[e];
      SONDE_ASSERT(degree > 0);
      root_[i] = 1 / std::sqrt(degree);
      first_[i] = std::sqrt(degree);
      all += degree;
    }
    for (double& value : first_) value /= std::sqrt(all);
  }

  void multiply(std::span<const double> v, std::span<double> out, Team& team) const {
    constexpr std::int64_t kRows = 1024;
    team.run((graph_.size() + kRows - 1) / kRows, [&](int, std::int64_t task) {
      for (std::int64_t i = task * kRows; i < std::min(graph_.size(), (task + 1) * kRows); ++i) {
        double sum = 0;
        for (std::int64_t e = graph_.begin[i]; e < graph_.begin[i + 1]; ++e)
          sum += graph_.weights[e] * root_[graph_.columns[e]] * v[graph_.columns[e]];
        out[i] = v[i] + root_[i] * sum;
      }
    });
    solvers::add_scaled(out, -2 * solvers::dot(first_, v), first_);
  }

 private:
  const NeighbourGraph& graph_;
  std::vector<double> root_, first_;
};

}  // namespace

std::int64_t connected_parts(const NeighbourGraph& graph) {
  std::vector<bool> seen(graph.size());
  std::vector<std::int64_t> open;
  std::int64_t parts = 0;
  for (std::int64_t start = 0; start < graph.size(); ++start) {
    if (seen[start]) continue;
    ++parts;
    seen[start] = true;
    open.push_back(start);
    while (!open.empty()) {
      const std::int64_t i = open.back();
      open.pop_back();
      for (std::int64_t e = graph.begin[i]; e < graph.begin[i + 1]; ++e) {
        if (seen[graph.columns[e]]) continue;
        seen[graph.columns[e]] = true;
        open.push_back(graph.columns[e]);
      }
    }
  }
  return parts;
}

Matrix spectral_layout(const NeighbourGraph& graph, std::int64_t dims, const RunContext& context) {
  const Smoothing smoothing(graph);
  Team team(context);
  const solvers::SymmetricProduct product = [&](std::span<const double> v, std::span<double> out) {
    smoothing.multiply(v, out, team);
  };
  const std::vector<solvers::Eigenpair> pairs = solvers::largest_eigenpairs(
      product, graph.size(), {.count = dims, .tolerance = kTolerance, .most_steps = kMostSteps});
  Matrix layout(graph.size(), dims);
  for (std::int64_t i = 0; i < graph.size(); ++i) {
    for (std::int64_t c = 0; c < dims; ++c) layout.row(i)[c] = static_cast<float>(pairs[c].vector[i]);
  }
  return layout;
}

}  // namespace sonde::projections
