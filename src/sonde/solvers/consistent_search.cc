#include "sonde/solvers/consistent_search.h"

#include <algorithm>
#include <array>

#include "sonde/core/error.h"
#include "sonde/kernels/elementwise.h"
#include "sonde/kernels/lanes.h"
#include "sonde/solvers/adam.h"

namespace sonde::solvers {
namespace {

using kernels::kLanes;

// Turns probabilities [2n, 16], first statements above second ones, into the gradient of the loss by the
// numbers that went into the sigmoid, and gives the loss [16]. At p₀ = p₁ each has half of min's slope, as in
// torch.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void differentiate(float* __restrict first, float* __restrict second, std::int64_t n,
                   double* __restrict losses) {
  const float slope = 2.0f / static_cast<float>(n);
  double sums[kLanes] = {};
  for (std::int64_t i = 0; i < n * kLanes; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) {
      const float p = first[i + l], q = second[i + l];
      const float least = p < q ? p : q, excess = p - (1 - q);
      sums[l] += static_cast<double>(least * least + excess * excess);
      const float share = p < q ? 1.0f : (p == q ? 0.5f : 0.0f);
      first[i + l] = slope * (least * share + excess) * (p * (1 - p));
      second[i + l] = slope * (least * (1 - share) + excess) * (q * (1 - q));
    }
  }
  for (std::int64_t l = 0; l < kLanes; ++l) losses[l] = sums[l] / static_cast<double>(n);
}

kernels::LaneFeatures stacked(const ContrastPairs& pairs) {
  const std::int64_t n = pairs.first.rows, d = pairs.first.cols;
  Matrix rows(2 * n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    std::ranges::copy(pairs.first.row(i), rows.row(i).begin());
    std::ranges::copy(pairs.second.row(i), rows.row(n + i).begin());
  }
  return kernels::LaneFeatures(rows.view());
}

// Up to 16 layers in training, side by side.
class LaneGroup {
 public:
  LaneGroup(const kernels::LaneFeatures& features, std::span<const LinearLayer> starts,
            const ConsistentSearchOptions& options)
      : features_(features),
        weights_(features.padded_cols() * kLanes),
        gradients_(features.padded_cols() * kLanes),
        values_(features.rows() * kLanes),
        weights_state_(weights_.size(), adam(options)),
        bias_state_(kLanes, adam(options)),
        layers_(starts.size()) {
    std::fill_n(weights_.data(), weights_.size(), 0.0f);
    for (std::size_t lane = 0; lane < starts.size(); ++lane) {
      const LinearLayer& start = starts[lane];
      SONDE_ASSERT(static_cast<std::int64_t>(start.weight.size()) == features.cols());
      for (std::size_t j = 0; j < start.weight.size(); ++j)
        weights_.data()[j * kLanes + lane] = start.weight[j];
      bias_[lane] = start.bias;
    }
  }

  // Measures the loss and leaves its gradient by the layers' outputs in values_.
  void look() {
    const std::int64_t rows = features_.rows();
    for (std::int64_t i = 0; i < rows; ++i) std::ranges::copy(bias_, values_.data() + i * kLanes);
    features_.add_products(weights_.data(), values_.data());
    const MutableMatrixView values{values_.data(), 1, rows * kLanes, rows * kLanes};
    kernels::activate(kernels::Activation::sigmoid, values, values);
    std::array<double, kLanes> losses;
    differentiate(values_.data(), values_.data() + rows / 2 * kLanes, rows / 2, losses.data());
    for (std::size_t lane = 0; lane < layers_.size(); ++lane) layers_[lane].losses.push_back(losses[lane]);
  }

  void step() {
    features_.gradients(values_.data(), gradients_.data());
    std::array<float, kLanes> bias_gradient{};
    for (std::int64_t i = 0; i < features_.rows(); ++i) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        bias_gradient[lane] += values_.data()[i * kLanes + lane];
    }
    weights_state_.step(all(weights_), all(gradients_));
    bias_state_.step(bias_, bias_gradient);
  }

  std::vector<ConsistentLayer> take() {
    for (std::size_t lane = 0; lane < layers_.size(); ++lane) {
      LinearLayer& layer = layers_[lane].layer;
      for (std::int64_t j = 0; j < features_.cols(); ++j)
        layer.weight.push_back(weights_.data()[j * kLanes + static_cast<std::int64_t>(lane)]);
      layer.bias = bias_[lane];
    }
    return std::move(layers_);
  }

 private:
  static AdamOptions adam(const ConsistentSearchOptions& options) {
    return {.lr = options.lr, .weight_decay = options.weight_decay, .decoupled = true};
  }
  static std::span<float> all(kernels::AlignedFloats& values) {
    return {values.data(), static_cast<std::size_t>(values.size())};
  }

  const kernels::LaneFeatures& features_;
  kernels::AlignedFloats weights_, gradients_;  // [padded d, 16]
  kernels::AlignedFloats values_;               // [2n, 16] outputs, probabilities, then residuals
  std::array<float, kLanes> bias_{};
  Adam weights_state_, bias_state_;
  std::vector<ConsistentLayer> layers_;
};

}  // namespace

std::vector<ConsistentLayer> search_consistent(const ContrastPairs& pairs,
                                               std::span<const LinearLayer> starts,
                                               const ConsistentSearchOptions& options,
                                               const RunContext& context) {
  SONDE_ASSERT(pairs.first.rows == pairs.second.rows && pairs.first.cols == pairs.second.cols);
  const kernels::LaneFeatures features = stacked(pairs);
  const auto count = static_cast<std::int64_t>(starts.size());
  std::vector<ConsistentLayer> result(count);
  run_queue(context, (count + kLanes - 1) / kLanes, [&](int, std::int64_t group) {
    const std::int64_t first = group * kLanes;
    LaneGroup lanes(features, starts.subspan(first, std::min(kLanes, count - first)), options);
    lanes.look();
    for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
      if (context.cancel != nullptr && *context.cancel)
        throw Error(ErrorCode::partial, {.what = "stopped on request", .hint = "run the same command again"});
      lanes.step();
      lanes.look();
    }
    std::ranges::move(lanes.take(), result.begin() + first);
  });
  return result;
}

}  // namespace sonde::solvers
