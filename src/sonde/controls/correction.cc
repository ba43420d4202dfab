#include "sonde/controls/correction.h"

#include <algorithm>
#include <numeric>

#include "sonde/controls/refit.h"
#include "sonde/core/error.h"

namespace sonde::controls {
namespace {

std::vector<std::size_t> ascending(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  return order;
}

}  // namespace

std::vector<double> holm(std::span<const double> p) {
  std::vector<double> adjusted(p.size());
  double largest = 0;
  std::size_t left = p.size();
  for (const std::size_t i : ascending(p)) {
    largest = std::max(largest, static_cast<double>(left--) * p[i]);
    adjusted[i] = std::min(1.0, largest);
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<double> adjusted(p.size());
  const std::vector<std::size_t> order = ascending(p);
  double smallest = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    const std::size_t i = order[rank - 1];
    smallest = std::min(smallest, p[i] * static_cast<double>(p.size()) / static_cast<double>(rank));
    adjusted[i] = smallest;
  }
  return adjusted;
}

std::vector<double> against_best_of_all(std::span<const double> real,
                                        std::span<const std::vector<double>> shuffled,
                                        std::string_view metric) {
  SONDE_ASSERT(real.size() == shuffled.size());
  if (real.empty()) return {};
  std::vector<double> best = shuffled[0];
  for (const std::vector<double>& draws : shuffled) {
    for (std::size_t i = 0; i < best.size(); ++i) {
      if (at_least_as_good(draws[i], best[i], metric)) best[i] = draws[i];
    }
  }
  std::vector<double> p;
  for (const double value : real) {
    const auto reached =
        std::ranges::count_if(best, [&](double draw) { return at_least_as_good(draw, value, metric); });
    p.push_back((1 + static_cast<double>(reached)) / (1 + static_cast<double>(best.size())));
  }
  return p;
}

}  // namespace sonde::controls
