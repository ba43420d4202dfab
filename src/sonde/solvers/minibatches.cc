#include "sonde/solvers/minibatches.h"

#include <algorithm>
#include <numeric>

namespace sonde::solvers {

std::vector<std::int64_t> epoch_rows(std::int64_t n, EpochOrder order, const RandomStream& stream,
                                     std::int64_t epoch) {
  if (order == EpochOrder::shuffled) return stream.substream(epoch).permutation(n);
  std::vector<std::int64_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

void draw_rows(std::int64_t n, const RandomStream& stream, std::int64_t step, std::span<std::int64_t> rows) {
  const std::uint64_t first = static_cast<std::uint64_t>(step) * rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = static_cast<std::int64_t>(stream.below(n, first + i));
  }
}

EpochOutcome run_epochs(const EpochPlan& plan, const RandomStream& stream,
                        const std::function<double(std::span<const std::int64_t> rows)>& step,
                        const std::function<bool(std::int64_t epoch)>& go_on) {
  EpochOutcome outcome;
  for (std::int64_t epoch = 1; epoch <= plan.epochs; ++epoch) {
    const std::vector<std::int64_t> order = epoch_rows(plan.rows, plan.order, stream, epoch);
    const std::span<const std::int64_t> rows = order;
    double sum = 0;
    std::int64_t steps = 0;
    for (std::int64_t first = 0; first < plan.rows; first += plan.batch, ++steps)
      sum += step(rows.subspan(first, std::min(plan.batch, plan.rows - first)));
    outcome = {epoch, sum / static_cast<double>(steps)};
    if (!go_on(epoch)) break;
  }
  return outcome;
}

RowScaler::RowScaler(const ColumnStatistics& statistics)
    : mean(statistics.mean.begin(), statistics.mean.end()) {
  for (const double scale : statistics.scale) inverse.push_back(static_cast<float>(1 / scale));
}

void gather(MatrixView x, std::span<const std::int64_t> rows, const RowScaler& scaler,
            MutableMatrixView out) {
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const float* const from = x.data + rows[i] * x.stride;
    float* const to = out.data + i * out.stride;
    if (scaler.mean.empty()) {
      std::copy_n(from, out.cols, to);
      continue;
    }
    const float *const mean = scaler.mean.data(), *const inverse = scaler.inverse.data();
    for (std::int64_t j = 0; j < out.cols; ++j) to[j] = (from[j] - mean[j]) * inverse[j];
  }
}

}  // namespace sonde::solvers
