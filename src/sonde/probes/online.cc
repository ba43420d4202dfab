#include "sonde/probes/online.h"

#include <algorithm>
#include <numeric>

#include "sonde/core/random.h"

namespace sonde::probes {
namespace {

// What is known of some rows; nothing where nothing is known.
template <class T>
std::span<const T> some(std::span<const T> all, std::int64_t first, std::int64_t count) {
  return all.empty() ? all : all.subspan(first, count);
}

template <class T>
void pick(std::span<const T> all, std::span<const std::int64_t> rows, std::vector<T>& picked) {
  picked.clear();
  if (all.empty()) return;
  for (const std::int64_t row : rows) picked.push_back(all[row]);
}

}  // namespace

std::vector<std::int64_t> epoch_order(const OnlinePlan& plan, std::int64_t n, std::int64_t epoch,
                                      const RunContext& context) {
  if (plan.order == OnlinePlan::Order::shuffled) {
    return RandomStream(context.seed, "online order")
        .substream(static_cast<std::uint64_t>(epoch))
        .permutation(n);
  }
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::unique_ptr<FittedProbe> fit_batches(const OnlineProbe& probe, const LabelledInput& train,
                                         const RunContext& context) {
  const MatrixView x = train.input.features;
  const OnlinePlan plan = probe.plan();
  const std::unique_ptr<OnlineFit> fit = probe.begin(x.cols, train.classes, context);
  Matrix gathered(plan.order == OnlinePlan::Order::shuffled ? std::min(plan.batch, x.rows) : 0, x.cols);
  std::vector<std::int32_t> labels;
  std::vector<double> targets;
  for (std::int64_t epoch = 0; epoch < plan.epochs && !fit->done(); ++epoch) {
    const std::vector<std::int64_t> order = epoch_order(plan, x.rows, epoch, context);
    for (std::int64_t first = 0; first < x.rows && !fit->done(); first += plan.batch) {
      if (context.cancel != nullptr && *context.cancel) {
        throw Error(ErrorCode::partial, {.what = "stopped on request", .hint = "run the same command again"});
      }
      const std::int64_t count = std::min(plan.batch, x.rows - first);
      if (plan.order == OnlinePlan::Order::as_given) {
        fit->step({.rows = {x.data + first * x.stride, count, x.cols, x.stride},
                   .labels = some(train.labels, first, count),
                   .targets = some(train.targets, first, count)});
        continue;
      }
      const std::span<const std::int64_t> rows = std::span(order).subspan(first, count);
      for (std::int64_t i = 0; i < count; ++i) std::ranges::copy(x.row(rows[i]), gathered.row(i).begin());
      pick(train.labels, rows, labels);
      pick(train.targets, rows, targets);
      fit->step({{gathered.data(), count, x.cols, x.cols}, labels, targets});
    }
  }
  return fit->finish();
}

}  // namespace sonde::probes
