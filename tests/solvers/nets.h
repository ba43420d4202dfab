// What the tests of the trained networks share: recorded runs of torch, and slopes of a loss in doubles.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/team.h"
#include "sonde/solvers/adam.h"

namespace sonde::solvers {

inline nlohmann::json recorded_networks(const char* part) {
  std::ifstream file(SONDE_TEST_DATA "/probes/torch_nets.json");
  return nlohmann::json::parse(file)[part];
}

inline Matrix matrix_of(const nlohmann::json& values, std::int64_t cols) {
  const auto numbers = values.get<std::vector<float>>();
  Matrix matrix(static_cast<std::int64_t>(numbers.size()) / cols, cols);
  std::copy(numbers.begin(), numbers.end(), matrix.data());
  return matrix;
}

/// Step through the recorded batches and hold losses and parameters against torch's.
/// `step(rows)` takes a step and gives its loss.
inline void expect_same_run(const nlohmann::json& golden, std::span<float> parameters,
                            const std::function<double(const std::vector<std::int64_t>&)>& step) {
  const auto start = golden["start"].get<std::vector<float>>();
  ASSERT_EQ(start.size(), parameters.size());
  std::copy(start.begin(), start.end(), parameters.begin());
  const std::int64_t every = golden["every"];
  std::int64_t steps = 0;
  for (const auto& rows : golden["batches"].get<std::vector<std::vector<std::int64_t>>>()) {
    const double loss = step(rows);
    // A dozen steps from the same start; only the order of float sums differs.
    EXPECT_NEAR(loss, golden["losses"][steps].get<double>(), 1e-5) << golden["name"] << " step " << steps;
    if (++steps % every != 0) continue;
    const auto expected = golden["states"][steps / every - 1].get<std::vector<float>>();
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(parameters[i], expected[i], 1e-5) << golden["name"] << " step " << steps << " at " << i;
  }
}

/// Options under which the first step of Adam is −gradient, to a relative error of |gradient| / 1e4.
inline AdamOptions gradient_step() { return {.lr = 1e4, .eps = 1e4}; }

/// Hold a step that was taken under gradient_step() against central differences of a loss in doubles.
inline void expect_slopes(const std::vector<float>& before, std::span<const float> after,
                          const std::function<double(const std::vector<double>&)>& loss) {
  std::vector<double> at(before.begin(), before.end());
  for (std::size_t i = 0; i < before.size(); ++i) {
    constexpr double kStep = 1e-5;
    at[i] = before[i] + kStep;
    const double above = loss(at);
    at[i] = before[i] - kStep;
    const double slope = (above - loss(at)) / (2 * kStep);
    at[i] = before[i];
    // Differences are exact to 1e-9; the gradient is a float sum, and is read off parameters below 1.
    EXPECT_NEAR(before[i] - after[i], slope, 2e-6 + 2e-4 * std::abs(slope)) << i;
  }
}

/// −ln softmax(logits)[label] in doubles.
inline double cross_entropy_of(const std::vector<double>& logits, std::int64_t label) {
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit - logits[label]);
  return std::log(sum);
}

/// x · Wᵀ + b in doubles, with weight [outputs, inputs] and bias behind it from `at` on.
inline std::vector<double> dense(const std::vector<double>& x, const std::vector<double>& parameters,
                                 std::int64_t at, std::int64_t outputs) {
  const auto inputs = static_cast<std::int64_t>(x.size());
  std::vector<double> y;
  for (std::int64_t o = 0; o < outputs; ++o) {
    y.push_back(parameters[at + outputs * inputs + o]);
    for (std::int64_t i = 0; i < inputs; ++i) y.back() += parameters[at + o * inputs + i] * x[i];
  }
  return y;
}

}  // namespace sonde::solvers
