#include "sonde/solvers/nearest_neighbours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "sonde/core/error.h"
#include "sonde/solvers/squared_distances.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kSpare = 8;

// The smallest of a run of values: those under a bound are gathered, and when there are twice as many as
// wanted, the larger half goes and the bound falls.
class Smallest {
 public:
  explicit Smallest(std::int64_t count) : count_(count) { found_.reserve(2 * count); }

  std::span<std::pair<double, std::int32_t>> of(std::span<const float> values, std::int64_t left_out) {
    found_.clear();
    float bound = std::numeric_limits<float>::infinity();
    for (std::int64_t j = 0; j < std::ssize(values); ++j) {
      if (!(values[j] < bound) || j == left_out) continue;
      found_.emplace_back(values[j], static_cast<std::int32_t>(j));
      if (std::ssize(found_) == 2 * count_) bound = cut();
    }
    if (std::ssize(found_) > count_) cut();
    return found_;
  }

 private:
  float cut() {
    std::nth_element(found_.begin(), found_.begin() + count_ - 1, found_.end());
    found_.resize(count_);
    return static_cast<float>(found_.back().first);
  }

  std::int64_t count_;
  std::vector<std::pair<double, std::int32_t>> found_;
};

}  // namespace

NearestNeighbours nearest_neighbours(MatrixView x, std::int64_t count, const RunContext& context) {
  SONDE_ASSERT(count >= 1 && count < x.rows);
  const SquaredDistances distances(x);
  NearestNeighbours nearest{count, std::vector<std::int32_t>(x.rows * count),
                            std::vector<double>(x.rows * count)};
  std::vector<Matrix> memory(context.threads);
  run_queue(context, distances.blocks(), [&](int worker, std::int64_t block) {
    if (memory[worker].rows() == 0) memory[worker] = Matrix(SquaredDistances::kBlock, x.rows);
    const std::int64_t first = block * SquaredDistances::kBlock;
    MutableMatrixView out = memory[worker].view();
    out.rows = std::min(out.rows, x.rows - first);
    distances.from(block, out);
    Smallest smallest(std::min(count + kSpare, x.rows - 1));
    for (std::int64_t i = first; i < first + out.rows; ++i) {
      const auto candidates = smallest.of(out.row(i - first), i);
      for (auto& [distance, row] : candidates) distance = distances.between(i, row);
      std::partial_sort(candidates.begin(), candidates.begin() + count, candidates.end());
      for (std::int64_t j = 0; j < count; ++j) {
        nearest.distances[i * count + j] = std::sqrt(candidates[j].first);
        nearest.rows[i * count + j] = candidates[j].second;
      }
    }
  });
  return nearest;
}

}  // namespace sonde::solvers
