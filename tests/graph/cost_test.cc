#include "sonde/graph/cost.h"

#include <gtest/gtest.h>

#include "written_graphs.h"

namespace sonde::graph {
namespace {

constexpr Workload kWork{.texts = 3, .tokens = 7};

// Added up by hand from the graph as it is written: 24 wide, 40 inside, 50 words, 17 positions.
TEST(CostTest, EncoderByHand) {
  const Graph graph = encoder_graph(2);
  const std::int64_t layer = 4 * (24 * 24 + 24) + (24 * 40 + 40) + (40 * 24 + 24) + 2 * 48;
  EXPECT_EQ(parameter_count(graph), 50 * 24 + 17 * 24 + 48 + 2 * layer + (24 * 24 + 24));
  EXPECT_EQ(listed_parameter_count(graph), parameter_count(graph));
  const std::int64_t rows = 3 * 7;
  // query, key, value, dense, norm1, up, down, norm2 of a layer; two tables and a norm before; the pooler.
  EXPECT_EQ(activation_count(graph, kWork), rows * (3 * 24 + 2 * (7 * 24 + 40)) + 3 * 24);
  const std::int64_t products = rows * 2 * (4 * 24 * 24 + 2 * 24 * 40) + 3 * 24 * 24;
  EXPECT_EQ(multiply_adds(graph, kWork), products + 2 * (2 * 3 * 7 * 7 * 24));
}

TEST(CostTest, AttentionCountsThePairsThatSeeEachOther) {
  using kernels::AttentionMask;
  for (const auto& [mask, window] : {std::pair{AttentionMask::causal, 0},
                                     {AttentionMask::causal, 1},
                                     {AttentionMask::causal, 3},
                                     {AttentionMask::causal, 20},
                                     {AttentionMask::all, 0},
                                     {AttentionMask::all, 1},
                                     {AttentionMask::all, 4},
                                     {AttentionMask::all, 20}}) {
    Graph graph;
    Scope s(graph);
    const Value x = s.embedding("words", Embedding::Index::token, 5, 6);
    s.attend({x, x, x}, {.heads = 2, .key_heads = 2, .head_width = 3, .mask = mask, .window = window});
    std::int64_t pairs = 0;
    for (int i = 0; i < 7; ++i) {
      for (int j = 0; j < (mask == AttentionMask::causal ? i + 1 : 7); ++j)
        pairs += window == 0 || std::abs(i - j) < window;
    }
    EXPECT_EQ(multiply_adds(graph, kWork), 2 * 3 * pairs * 6) << window;
  }
}

TEST(CostTest, ATiedParameterCountsOnceButIsListedTwice) {
  Graph graph;
  Scope s(graph);
  const Value x = s.embedding("words", Embedding::Index::token, 50, 24);
  s.linear("head", x, 50, Bias::without, {.weight = "words.weight"});
  EXPECT_EQ(parameter_count(graph), 50 * 24);
  EXPECT_EQ(listed_parameter_count(graph), 2 * 50 * 24);
}

TEST(CostTest, NumbersOfEachRowSpace) {
  const Graph graph = encoder_graph(1);
  EXPECT_EQ(number_count(graph, graph.hidden_states.front(), kWork), 3 * 7 * 24);
  EXPECT_EQ(number_count(graph, graph.scopes.back().output, kWork), 3 * 24);
  EXPECT_EQ(number_count(graph, graph.inner_values.front().value, kWork), 3 * 4 * 7 * 7);
}

}  // namespace
}  // namespace sonde::graph
