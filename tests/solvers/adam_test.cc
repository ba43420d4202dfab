#include "sonde/solvers/adam.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sonde::solvers {
namespace {

nlohmann::json recorded(const char* part) {
  std::ifstream file(SONDE_TEST_DATA "/solvers/torch.json");
  return nlohmann::json::parse(file)[part];
}

AdamOptions options_of(const nlohmann::json& golden) {
  const nlohmann::json& o = golden["options"];
  return {.lr = o["lr"],
          .beta1 = o["beta1"],
          .beta2 = o["beta2"],
          .eps = o["eps"],
          .weight_decay = o["weight_decay"],
          .decoupled = golden["decoupled"]};
}

TEST(Adam, FollowsTorchFromTheSameStart) {
  for (const nlohmann::json& golden : recorded("adam")) {
    auto parameters = golden["start"].get<std::vector<float>>();
    Adam adam(static_cast<std::int64_t>(parameters.size()), options_of(golden));
    const std::int64_t every = golden["every"];
    for (const auto& gradients : golden["gradients"].get<std::vector<std::vector<float>>>()) {
      adam.step(parameters, gradients);
      if (adam.steps() % every != 0) continue;
      const auto expected = golden["states"][adam.steps() / every - 1].get<std::vector<float>>();
      for (std::size_t i = 0; i < expected.size(); ++i) {
        // 30 steps of a few roundings each, of parameters up to 3: 30 · 3 · 6e-8 at most.
        EXPECT_NEAR(parameters[i], expected[i], 5e-6) << golden["name"] << " step " << adam.steps();
      }
    }
    EXPECT_EQ(adam.steps(), 30);
  }
}

// Bias-corrected moments of a single gradient are g and g²: the first step is lr · g / (|g| + eps).
TEST(Adam, TakesAFirstStepOfTheLearningRate) {
  std::vector<float> parameters(3, 1.0f);
  Adam adam(3, {.lr = 0.25});
  adam.step(parameters, std::vector<float>{4, -0.001f, 0});
  EXPECT_NEAR(parameters[0], 0.75, 1e-6);  // eps is 1e-8 of 4, and two roundings of 6e-8
  EXPECT_NEAR(parameters[1], 1.25, 5e-6);  // eps is 1e-5 of 0.001
  EXPECT_EQ(parameters[2], 1);
}

// Without gradients decoupled decay is a geometric sequence; a penalty in the gradient steps by lr instead.
TEST(Adam, DecaysDecoupledOrThroughTheGradient) {
  std::vector<float> decoupled(1, 2.0f), coupled(1, 2.0f);
  const std::vector<float> zero(1);
  Adam adamw(1, {.lr = 0.1, .weight_decay = 0.5, .decoupled = true}),
      adam(1, {.lr = 0.1, .weight_decay = 0.5});
  for (int t = 0; t < 3; ++t) adamw.step(decoupled, zero);
  adam.step(coupled, zero);
  EXPECT_NEAR(decoupled[0], 2 * std::pow(0.95, 3), 1e-6);  // three roundings of a number near 2
  EXPECT_NEAR(coupled[0], 1.9, 1e-6);
}

// Vectors of any length: the last few elements go through another loop than the first.
TEST(Adam, GivesAnElementTheSameBitsWhereverItLies) {
  const std::int64_t size = 37;
  std::vector<float> together(size), alone(1);
  std::vector<float> gradients(size, 0.3f);
  Adam all(size, {.lr = 0.1, .weight_decay = 0.01, .decoupled = true});
  Adam one(1, {.lr = 0.1, .weight_decay = 0.01, .decoupled = true});
  for (int t = 0; t < 9; ++t) {
    for (float& g : gradients) g = 0.3f - 0.1f * static_cast<float>(t);
    all.step(together, gradients);
    one.step(alone, std::span(gradients).first(1));
  }
  for (const float value : together) EXPECT_EQ(value, alone[0]);
}

}  // namespace
}  // namespace sonde::solvers
