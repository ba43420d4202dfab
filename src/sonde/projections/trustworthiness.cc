#include "sonde/projections/trustworthiness.h"

#include <algorithm>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/solvers/nearest_neighbours.h"
#include "sonde/solvers/squared_distances.h"

namespace sonde::projections {

double trustworthiness(MatrixView x, MatrixView points, std::int64_t neighbours, const RunContext& context) {
  const std::int64_t n = x.rows, k = neighbours;
  SONDE_ASSERT(points.rows == n && k >= 1 && 2 * k < n);
  const solvers::NearestNeighbours shown = solvers::nearest_neighbours(points, k, context);
  const solvers::SquaredDistances distances(x);
  constexpr std::int64_t kBlock = solvers::SquaredDistances::kBlock;
  std::vector<Matrix> memory(context.threads);
  std::vector<std::int64_t> penalties(distances.blocks());
  run_queue(context, distances.blocks(), [&](int worker, std::int64_t block) {
    if (memory[worker].rows() == 0) memory[worker] = Matrix(kBlock, n);
    MutableMatrixView out = memory[worker].view();
    out.rows = std::min(kBlock, n - block * kBlock);
    distances.from(block, out);
    for (std::int64_t i = 0; i < out.rows; ++i) {
      const std::span<float> row = out.row(i);
      row[block * kBlock + i] = -1;  // the row itself is the nearest of all
      for (const std::int32_t j : shown.rows_of(block * kBlock + i)) {
        const float bound = row[j];
        std::int64_t rank = 0;
        for (const float distance : row) rank += distance < bound ? 1 : 0;
        penalties[block] += std::max<std::int64_t>(0, rank - k);
      }
    }
  });
  std::int64_t all = 0;
  for (const std::int64_t penalty : penalties) all += penalty;
  const double most = static_cast<double>(n * k) * static_cast<double>(2 * n - 3 * k - 1) / 2;
  return 1 - static_cast<double>(all) / most;
}

}  // namespace sonde::projections
