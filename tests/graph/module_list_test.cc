#include "sonde/graph/module_list.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/graph/scope.h"

namespace sonde::graph {
namespace {

Value layer(Scope s, Value x, std::int64_t inner) { return s.linear("down", s.linear("up", x, inner), 6); }

// Layers under `blocks.N` of the given inner widths, each a hidden state.
Graph stack(const std::vector<std::int64_t>& widths) {
  Graph graph;
  Scope s(graph);
  Value x = s.embedding("words", Embedding::Index::token, 5, 6);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    s.hidden_state(x);
    x = s.call("blocks." + std::to_string(i), layer, x, widths[i]);
  }
  graph.layers = static_cast<std::int64_t>(widths.size());
  graph.aliases = {{"layers[i]", "blocks.{i}"}};
  return graph;
}

std::vector<std::string> addresses(const std::vector<ModuleRow>& rows) {
  std::vector<std::string> result;
  for (const ModuleRow& row : rows) result.push_back(fmt::format("{}×{}", row.address, row.count));
  return result;
}

TEST(ModuleListTest, OneRowForEachAddress) {
  const std::vector<ModuleRow> rows = list_modules(stack({4, 4}), {.texts = 2, .tokens = 3});
  EXPECT_THAT(addresses(rows),
              testing::ElementsAre("words×1", "blocks.0×1", "blocks.0.up×1", "blocks.0.down×1", "blocks.1×1",
                                   "blocks.1.up×1", "blocks.1.down×1", "hidden[0]×1", "hidden[1]×1"));
  EXPECT_EQ(rows[1].parameters, 6 * 4 + 4 + 4 * 6 + 6);
  EXPECT_EQ(rows[2].kind, "Linear");
  EXPECT_EQ(rows[2].shape, "[t, 4]");
  EXPECT_EQ(rows[2].activations, 2 * 3 * 4);
}

TEST(ModuleListTest, LayersThatAreAlikeShareARow) {
  const Graph graph = stack({4, 4, 4});
  const std::vector<ModuleRow> rows = fold_layers(graph, list_modules(graph, {}));
  EXPECT_THAT(addresses(rows), testing::ElementsAre("words×1", "blocks.*×3", "blocks.*.up×3",
                                                    "blocks.*.down×3", "hidden[*]×3"));
  EXPECT_EQ(rows[1].parameters, 6 * 4 + 4 + 4 * 6 + 6);
}

TEST(ModuleListTest, LayersThatDifferStayApart) {
  const Graph graph = stack({8, 4, 4, 4, 8, 4, 4, 4, 4, 4, 4});
  EXPECT_THAT(addresses(fold_layers(graph, list_modules(graph, {}))),
              testing::ElementsAre("words×1", "blocks.0×1", "blocks.0.up×1", "blocks.0.down×1",
                                   "layers[1:4]×3", "layers[1:4].up×3", "layers[1:4].down×3", "blocks.4×1",
                                   "blocks.4.up×1", "blocks.4.down×1", "layers[5:11]×6", "layers[5:11].up×6",
                                   "layers[5:11].down×6", "hidden[*]×11"));
}

}  // namespace
}  // namespace sonde::graph
