// What the pen writes: paths, inputs and outputs of modules, parameters with names and shapes, inner values.
#include "sonde/graph/scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sonde::graph {
namespace {

using ::testing::ElementsAre;

const ScopeRecord& scope_at(const Graph& graph, const std::string& path) {
  for (const ScopeRecord& scope : graph.scopes) {
    if (scope.path == path) return scope;
  }
  throw std::out_of_range(path);
}

Value mlp(Scope s, Value x) {
  x = s.activation("act", s.linear("up", x, 12), kernels::Activation::relu);
  return s.identity("dropout", s.linear("down", x, 6, Bias::without));
}

TEST(ScopeTest, PathsAreTheNamesOfModulesJoinedByDots) {
  Graph graph;
  Scope root(graph);
  EXPECT_EQ(root.path_of(""), "");
  EXPECT_EQ(root.path_of("wte"), "wte");
  root.call_source("model", [](Scope s) {
    EXPECT_EQ(s.path_of(""), "model");
    EXPECT_EQ(s.path_of("layers.0"), "model.layers.0");
    return s.embedding("embed", Embedding::Index::token, 9, 6);
  });
  EXPECT_EQ(graph.scopes[0].path, "model");
  EXPECT_EQ(graph.scopes[1].path, "model.embed");
}

TEST(ScopeTest, AModulesArgumentAndResultAreItsInputAndOutput) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value y = root.call("mlp", mlp, x);
  EXPECT_EQ(scope_at(graph, "embed").input, kNoValue);
  EXPECT_EQ(scope_at(graph, "embed").output, x.id);
  EXPECT_EQ(scope_at(graph, "mlp").input, x.id);
  EXPECT_EQ(scope_at(graph, "mlp").output, y.id);
  EXPECT_EQ(scope_at(graph, "mlp.up").input, x.id);
  EXPECT_EQ(scope_at(graph, "mlp.act").input, scope_at(graph, "mlp.up").output);
  // What passes through keeps its value: no node, no memory.
  EXPECT_EQ(scope_at(graph, "mlp.dropout").input, y.id);
  EXPECT_EQ(scope_at(graph, "mlp.dropout").output, y.id);
  EXPECT_EQ(graph.nodes.size(), 4u);
  EXPECT_EQ(scope_at(graph, "mlp").kind, "");
  EXPECT_EQ(scope_at(graph, "mlp.dropout").kind, "Identity");
}

TEST(ScopeTest, ParametersHaveTheCheckpointsNamesAndShapes) {
  Graph graph;
  Scope root(graph);
  Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  x = root.linear("linear", x, 12);
  x = root.conv1d("conv", x, 4);
  x = root.layer_norm("norm", x, 1e-5);
  x = root.rms_norm("rms", x, 1e-5);
  root.linear("head", x, 9, Bias::without, {.weight = "embed.weight"});
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> named;
  for (const ParameterRecord& parameter : graph.parameters)
    named.emplace_back(parameter.name, parameter.shape);
  using Shape = std::vector<std::int64_t>;
  EXPECT_THAT(named,
              ElementsAre(std::pair("embed.weight", Shape{9, 6}), std::pair("linear.weight", Shape{12, 6}),
                          std::pair("linear.bias", Shape{12}), std::pair("conv.weight", Shape{12, 4}),
                          std::pair("conv.bias", Shape{4}), std::pair("norm.weight", Shape{4}),
                          std::pair("norm.bias", Shape{4}), std::pair("rms.weight", Shape{4}),
                          std::pair("head.weight", Shape{9, 4})));
  EXPECT_EQ(graph.parameters.back().tied_to, "embed.weight");
  EXPECT_EQ(graph.parameters[0].size(), 54);
  EXPECT_THAT(scope_at(graph, "linear").parameters, ElementsAre(1, 2));
  EXPECT_THAT(graph.nodes[1].parameters, ElementsAre(1, 2));
  EXPECT_EQ(graph.value(scope_at(graph, "conv").output).width, 4);
  EXPECT_EQ(graph.value(scope_at(graph, "head").output).width, 9);
}

TEST(ScopeTest, ColumnsAreViewsOnTheirValue) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value view = root.columns(x, 2, 3);
  EXPECT_EQ(graph.storage_of(view.id), x.id);
  EXPECT_EQ(graph.storage_of(x.id), x.id);
  EXPECT_EQ(graph.value(view.id).width, 3);
  EXPECT_EQ(graph.value(view.id).first_column, 2);
  EXPECT_EQ(graph.nodes.size(), 1u);
}

TEST(ScopeTest, ANormOfHeadsHasTheWeightOfOneHead) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding{.scale = 2.0f}, 9, 12);
  const Value y = root.head_rms_norm("q_norm", x, 4, 1e-6, 1.0);
  EXPECT_EQ(graph.value(y.id).width, 12);
  EXPECT_THAT(graph.parameter(scope_at(graph, "q_norm").parameters[0]).shape, ElementsAre(4));
  EXPECT_EQ(std::get<Normalize>(graph.nodes[1].operation).offset, 1.0f);
  EXPECT_EQ(std::get<Embedding>(graph.nodes[0].operation).scale, 2.0f);
  EXPECT_EQ(scope_at(graph, "embed").output, x.id);
}

TEST(ScopeTest, PartsOfHeadsAreAsWideAsThePartOfEach) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 24);
  EXPECT_EQ(graph.value(root.take_heads(x, {.stride = 12, .first = 4, .width = 4}).id).width, 8);
}

TEST(ScopeTest, FrequenciesAloneTurnWholeHeads) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 24);
  root.rotate(x, {1.0f, 0.5f, 0.1f});
  root.rotate(x, Rotate{.frequencies = {1.0f}, .head_width = 8});
  EXPECT_EQ(std::get<Rotate>(graph.nodes[1].operation).head_width, 6);
  EXPECT_EQ(std::get<Rotate>(graph.nodes[2].operation).head_width, 8);
}

TEST(ScopeTest, AttentionNamesItsWeightsAndHeads) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value y = root.call(
      "attention",
      [](Scope s, Value v) { return s.attend({v, v, v}, {.heads = 3, .key_heads = 3, .head_width = 2}); }, x);
  ASSERT_EQ(graph.inner_values.size(), 2u);
  EXPECT_EQ(graph.inner_values[0].path, "attention.weights");
  EXPECT_EQ(graph.value(graph.inner_values[0].value).rows, RowSpace::pair);
  EXPECT_EQ(graph.value(graph.inner_values[0].value).width, 3);
  EXPECT_EQ(graph.inner_values[1].path, "attention.heads");
  EXPECT_EQ(graph.inner_values[1].value, y.id);
  EXPECT_EQ(graph.value(y.id).rows, RowSpace::token);
}

TEST(ScopeTest, ATableIsAValueThatTheModuleDoesNotReturn) {
  Graph graph;
  Scope root(graph);
  const Value table = root.table("rel", 8, 6);
  const Value normed = root.layer_norm("norm", table, 1e-5);
  EXPECT_EQ(scope_at(graph, "rel").output, kNoValue);
  EXPECT_THAT(scope_at(graph, "rel").parameters, ElementsAre(0));
  EXPECT_EQ(scope_at(graph, "norm").output, normed.id);
  EXPECT_EQ(graph.value(normed.id).rows, RowSpace::table);
  EXPECT_EQ(graph.value(normed.id).table_rows, 8);
  EXPECT_EQ(graph.value(normed.id).width, 6);
}

TEST(ScopeTest, ALinearLayerUsedAgainAddsNoModuleAndNoParameter) {
  Graph graph;
  Scope root(graph);
  const Value x = root.linear("key", root.embedding("embed", Embedding::Index::token, 9, 6), 12);
  const std::size_t scopes = graph.scopes.size(), parameters = graph.parameters.size();
  const Value again = root.linear_again("key", root.embedding("other", Embedding::Index::token, 9, 6));
  EXPECT_EQ(graph.scopes.size(), scopes + 1);  // the other embedding
  EXPECT_EQ(graph.parameters.size(), parameters + 1);
  EXPECT_EQ(scope_at(graph, "key").output, x.id);
  EXPECT_EQ(graph.value(again.id).width, 12);
  EXPECT_EQ(graph.nodes.back().parameters, graph.nodes[1].parameters);
  EXPECT_THROW(root.linear_again("embed", x), Error);
}

TEST(ScopeTest, AProductWithATableHasItsBiasAndTheTablesWeight) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value y =
      root.call("head", [](Scope s, Value v) { return s.multiply_by_table(v, "embed.weight"); }, x);
  EXPECT_EQ(graph.value(y.id).width, 9);
  EXPECT_EQ(graph.parameters.back().name, "head.bias");
  EXPECT_THAT(scope_at(graph, "head").parameters, ElementsAre(1));
  EXPECT_THAT(graph.nodes.back().parameters, ElementsAre(0, 1));
}

TEST(ScopeTest, AConvolutionTakesTheTokensThemselves) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value y = root.convolution("conv", x, 4, 3);
  EXPECT_EQ(scope_at(graph, "conv").input, x.id);
  EXPECT_EQ(scope_at(graph, "conv").output, y.id);
  EXPECT_EQ(scope_at(graph, "conv").kind, "Conv1d");
  EXPECT_EQ(graph.parameters[1].shape, (std::vector<std::int64_t>{4, 6, 3}));
  EXPECT_EQ(graph.value(y.id).width, 4);
  EXPECT_EQ(graph.value(graph.nodes[1].output).width, 18);
}

TEST(ScopeTest, WhatFollowsTheFirstRowHasOneRowPerText) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value pooled = root.linear("dense", root.first_row(x), 6);
  EXPECT_EQ(graph.value(x.id).rows, RowSpace::token);
  EXPECT_EQ(graph.value(pooled.id).rows, RowSpace::sequence);
}

TEST(ScopeTest, AContainerHoldsOthersAndTakesAndReturnsNothing) {
  Graph graph;
  Scope root(graph);
  const Value x = root.container("model").embedding("embed", Embedding::Index::token, 9, 6);
  ASSERT_EQ(graph.scopes.size(), 2u);
  EXPECT_EQ(graph.scopes[0].path, "model");
  EXPECT_EQ(graph.scopes[0].output, kNoValue);
  EXPECT_EQ(graph.scopes[1].path, "model.embed");
  root.apply(x, kernels::Activation::relu);
  EXPECT_EQ(graph.scopes.size(), 2u) << "a function is no module";
}

TEST(ScopeTest, HiddenStatesAreListedInOrder) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value y = root.linear("dense", x, 6);
  root.hidden_state(x);
  root.hidden_state(y);
  EXPECT_THAT(graph.hidden_states, ElementsAre(x.id, y.id));
}

TEST(ScopeTest, CallsOfOneModuleAreCountedAndShareItsParameters) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value once = root.call(name_of_call("mlp", 0, 2), mlp, x);
  const Value twice = root.call(name_of_call("mlp", 1, 2), mlp, once);
  EXPECT_EQ(name_of_call("mlp", 0, 1), "mlp");
  EXPECT_EQ(scope_at(graph, "mlp[0]").output, once.id);
  EXPECT_EQ(scope_at(graph, "mlp[1]").input, once.id);
  EXPECT_EQ(scope_at(graph, "mlp[1].down").output, twice.id);
  EXPECT_EQ(scope_at(graph, "mlp[0].up").parameters, scope_at(graph, "mlp[1].up").parameters);
  EXPECT_EQ(graph.nodes[1].parameters, graph.nodes[4].parameters);
  EXPECT_EQ(graph.nodes.size(), 7u);
  std::vector<std::string> names;
  for (const ParameterRecord& parameter : graph.parameters) names.push_back(parameter.name);
  EXPECT_THAT(names, ElementsAre("embed.weight", "mlp.up.weight", "mlp.up.bias", "mlp.down.weight"));
}

TEST(ScopeTest, AModulePathHasNoCalls) {
  EXPECT_EQ(module_path("encoder.groups.0[12].layers.1[0].ffn"), "encoder.groups.0.layers.1.ffn");
  EXPECT_EQ(module_path("encoder.layer.0"), "encoder.layer.0");
  EXPECT_EQ(module_path(""), "");
}

TEST(ScopeTest, ALayerNormMayHaveNoBias) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  root.layer_norm("norm", x, 1e-5, Bias::without);
  EXPECT_EQ(graph.parameters.size(), 2u);
  EXPECT_EQ(graph.parameters.back().name, "norm.weight");
}

TEST(ScopeTest, TheMeanRowHasOneRowPerText) {
  Graph graph;
  Scope root(graph);
  const Value x = root.embedding("embed", Embedding::Index::token, 9, 6);
  const Value mean = root.mean_row(x);
  EXPECT_EQ(graph.value(mean.id).rows, RowSpace::sequence);
  EXPECT_EQ(graph.value(mean.id).width, 6);
}

}  // namespace
}  // namespace sonde::graph
