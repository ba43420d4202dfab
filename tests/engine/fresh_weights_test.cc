// Numbers of a model that was never trained: their distribution, what is not drawn, and that any run of them
// is the same however it is asked for.
#include "sonde/engine/fresh_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tiny_model.h"

namespace sonde::engine {
namespace {

using ::testing::Each;

graph::ParameterId find(const graph::Graph& graph, std::string_view name) {
  for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
    if (graph.parameters[i].name == name) return static_cast<graph::ParameterId>(i);
  }
  ADD_FAILURE() << name;
  return 0;
}

std::vector<float> numbers(const FreshWeights& fresh, graph::ParameterId parameter, std::int64_t first,
                           std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count), -1.0f);
  fresh.write(parameter, first, values);
  return values;
}

TEST(FreshWeightsTest, MatricesAreNormalWithTheDeviationAskedFor) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  const FreshWeights fresh(graph, 0.02, 1);
  // More numbers than the parameter has: the stream goes on.
  constexpr std::int64_t kMany = 100'000;
  const auto values = numbers(fresh, find(graph, "query.weight"), 0, kMany);
  double sum = 0, squares = 0, beyond = 0;
  for (const float value : values) {
    sum += value;
    squares += static_cast<double>(value) * value;
    beyond += std::abs(value) > 0.04 ? 1 : 0;
  }
  // 4 deviations of the mean, of the variance (sqrt(2/n)), and of the share beyond two deviations, 4.55 %.
  EXPECT_NEAR(sum / kMany, 0, 4 * 0.02 / std::sqrt(kMany));
  EXPECT_NEAR(squares / kMany, 4e-4, 4 * 4e-4 * std::sqrt(2.0 / kMany));
  EXPECT_NEAR(beyond / kMany, 0.0455, 4 * std::sqrt(0.0455 * 0.9545 / kMany));
}

TEST(FreshWeightsTest, NormsBeginAtOneAndBiasesAtZero) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  const FreshWeights fresh(graph, 0.02, 1);
  EXPECT_THAT(numbers(fresh, find(graph, "LayerNorm.weight"), 0, 6), Each(1.0f));
  EXPECT_THAT(numbers(fresh, find(graph, "LayerNorm.bias"), 0, 6), Each(0.0f));
  EXPECT_THAT(numbers(fresh, find(graph, "query.bias"), 0, 6), Each(0.0f));
}

TEST(FreshWeightsTest, ANumberDependsOnItsPlaceAndNotOnHowItIsAskedFor) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  const FreshWeights fresh(graph, 0.02, 1);
  const graph::ParameterId words = find(graph, "words.weight");
  const auto all = numbers(fresh, words, 0, 66);
  for (std::int64_t first = 0; first < 12; ++first) {
    for (std::int64_t count = 0; count < 8; ++count) {
      const std::vector<float> part(all.begin() + first, all.begin() + first + count);
      EXPECT_EQ(numbers(fresh, words, first, count), part) << first << " " << count;
    }
  }
  EXPECT_NE(all, numbers(fresh, find(graph, "query.weight"), 0, 66)) << "each parameter has its own";
  EXPECT_NE(all, numbers(FreshWeights(graph, 0.02, 2), words, 0, 66)) << "each seed has its own";
}

}  // namespace
}  // namespace sonde::engine
