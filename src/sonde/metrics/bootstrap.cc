#include "sonde/metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sonde/core/error.h"
#include "sonde/core/random.h"

namespace sonde::metrics {
namespace {

// Linear interpolation between order statistics, numpy's default ("linear", Hyndman and Fan type 7).
double percentile(const std::vector<double>& sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval interval_of(double value, std::vector<double> draws, double level) {
  std::erase_if(draws, [](double draw) { return std::isnan(draw); });
  if (draws.empty() || std::isnan(value)) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {value, nan, nan};
  }
  std::sort(draws.begin(), draws.end());
  return {value, percentile(draws, (1 - level) / 2), percentile(draws, (1 + level) / 2)};
}

// Draws units with replacement and turns them into row multiplicities.
class Resampler {
 public:
  Resampler(std::int64_t rows, const BootstrapOptions& options, std::uint64_t seed)
      : rows_(rows), units_(rows), stream_(seed, "bootstrap") {
    if (options.unit == ResampleUnit::row) return;
    SONDE_ASSERT(static_cast<std::int64_t>(options.groups.size()) == rows);
    std::map<std::int64_t, std::int64_t> index;
    for (const std::int64_t group : options.groups) {
      unit_of_row_.push_back(index.emplace(group, static_cast<std::int64_t>(index.size())).first->second);
    }
    units_ = static_cast<std::int64_t>(index.size());
  }

  void draw(std::int64_t resample, std::vector<std::uint32_t>& counts,
            std::vector<std::uint32_t>& weights) const {
    const RandomStream stream = stream_.substream(static_cast<std::uint64_t>(resample));
    counts.assign(static_cast<std::size_t>(units_), 0);
    for (std::int64_t i = 0; i < units_; ++i) ++counts[stream.below(units_, i)];
    if (unit_of_row_.empty()) {
      weights.swap(counts);
      return;
    }
    weights.resize(static_cast<std::size_t>(rows_));
    for (std::int64_t i = 0; i < rows_; ++i) weights[i] = counts[unit_of_row_[i]];
  }

 private:
  std::int64_t rows_;
  std::int64_t units_;
  RandomStream stream_;
  std::vector<std::int64_t> unit_of_row_;
};

// What a worker keeps between resamples.
struct Scratch {
  std::vector<std::uint32_t> counts, weights;
  std::vector<double> values;
  MetricScratch metrics;
};

void check_same_truth(std::span<const Predictions> predictors) {
  for (const Predictions& p : predictors) {
    SONDE_ASSERT(std::ranges::equal(p.truth, predictors[0].truth) && p.classes == predictors[0].classes);
    SONDE_ASSERT(std::ranges::equal(p.true_numbers, predictors[0].true_numbers));
  }
}

}  // namespace

BootstrapResult bootstrap(std::span<const Predictions> predictors, const BootstrapOptions& options,
                          const RunContext& context) {
  BootstrapResult result;
  result.resamples_ = options.resamples;
  result.level_ = options.level;
  if (predictors.empty()) return result;
  check_same_truth(predictors);
  result.task_ = predictors[0].task();
  std::vector<MetricSet> sets;
  for (const Predictions& p : predictors) {
    sets.emplace_back(p);
    result.values_.push_back(sets.back().evaluate());
  }
  const auto metrics = static_cast<std::int64_t>(result.values_[0].size());
  const std::int64_t resamples = options.resamples;
  result.draws_.resize(sets.size() * metrics * resamples);
  const Resampler resampler(predictors[0].rows(), options, context.seed);
  std::vector<Scratch> scratch(static_cast<std::size_t>(std::max(1, context.threads)));
  const auto task = [&](int worker, std::int64_t resample) {
    Scratch& own = scratch[worker];
    own.values.resize(metrics);
    resampler.draw(resample, own.counts, own.weights);
    for (std::size_t p = 0; p < sets.size(); ++p) {
      sets[p].evaluate(own.weights, own.metrics, own.values);
      for (std::int64_t m = 0; m < metrics; ++m)
        result.draws_[(p * metrics + m) * resamples + resample] = own.values[m];
    }
  };
  run_queue(context, resamples, task);
  return result;
}

std::span<const double> BootstrapResult::draws(std::size_t predictor, std::size_t metric) const {
  const std::size_t at =
      (predictor * values_[predictor].size() + metric) * static_cast<std::size_t>(resamples_);
  return std::span(draws_).subspan(at, static_cast<std::size_t>(resamples_));
}

Interval BootstrapResult::interval(std::size_t predictor, std::string_view metric) const {
  const std::size_t m = metric_index(metric, task_);
  const std::span<const double> own = draws(predictor, m);
  return interval_of(values_[predictor][m], {own.begin(), own.end()}, level_);
}

Interval BootstrapResult::difference(std::size_t a, std::size_t b, std::string_view metric) const {
  const std::size_t m = metric_index(metric, task_);
  const std::span<const double> first = draws(a, m), second = draws(b, m);
  std::vector<double> differences(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) differences[i] = first[i] - second[i];
  return interval_of(values_[a][m] - values_[b][m], std::move(differences), level_);
}

bool leaves_out_zero(const Interval& difference) { return difference.low > 0 || difference.high < 0; }

}  // namespace sonde::metrics
