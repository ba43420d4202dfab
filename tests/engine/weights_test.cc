// Which tensor each parameter is, under every spelling checkpoints use, and what is refused by name.
#include "sonde/engine/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "tiny_model.h"

namespace sonde::engine {
namespace {

using files::error_of;
using files::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string with_prefix(std::string name) { return "tiny." + name; }
std::string without_prefix(std::string name) { return name.starts_with("tiny.") ? name.substr(5) : name; }
std::string as_gamma_and_beta(std::string name) {
  if (name.ends_with("LayerNorm.weight")) return name.replace(name.size() - 6, 6, "gamma");
  if (name.ends_with("LayerNorm.bias")) return name.replace(name.size() - 4, 4, "beta");
  return name;
}

// Bind the tensors and say under which names the parameters were found.
std::vector<std::string> found_names(const graph::Graph& graph, const Tensors& tensors) {
  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tensors);
  const Binding binding = bind(graph, checkpoint);
  EXPECT_THAT(binding.missing, IsEmpty());
  EXPECT_THAT(binding.unused, IsEmpty());
  std::vector<std::string> names;
  for (const files::TensorInfo* tensor : binding.tensors)
    names.push_back(tensor == nullptr ? "" : tensor->name);
  return names;
}

TEST(BindTest, EverySpellingOfACheckpointIsFound) {
  for (const ModelKind kind : {ModelKind::base, ModelKind::head}) {
    const graph::Graph graph = tiny_graph(kind);
    const Tensors tensors = tiny_tensors(graph);
    std::vector<std::string> plain = found_names(graph, tensors);
    for (const auto& rename : {without_prefix, as_gamma_and_beta}) {
      std::vector<std::string> expected;
      for (const std::string& name : plain) expected.push_back(rename(name));
      EXPECT_EQ(found_names(graph, renamed(tensors, rename)), expected);
    }
  }
}

TEST(BindTest, ABaseModelReadsAHeadModelsNames) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  const Tensors tensors = renamed(tiny_tensors(graph), with_prefix);
  EXPECT_EQ(found_names(graph, tensors)[0], "tiny.words.weight");
  const Tensors old = renamed(tensors, as_gamma_and_beta);
  EXPECT_THAT(found_names(graph, old), ::testing::Contains("tiny.LayerNorm.gamma"));
}

TEST(BindTest, ATiedParameterTakesItsOwnTensorFirst) {
  const graph::Graph graph = tiny_graph(ModelKind::head);
  Tensors tensors = tiny_tensors(graph);
  EXPECT_EQ(found_names(graph, tensors).back(), "tiny.words.weight");
  tensors["decoder.weight"] = tensors["tiny.words.weight"];
  EXPECT_EQ(found_names(graph, tensors).back(), "decoder.weight");
}

TEST(BindTest, MissingAndUnusedTensorsAreNamed) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  Tensors tensors = tiny_tensors(graph);
  tensors.erase("key.bias");
  tensors["extra.weight"] = {{2}, {1, 2}};
  tensors["embeddings.position_ids"] = {{2}, {0, 1}};
  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tensors);
  const Binding binding = bind(graph, checkpoint);
  EXPECT_THAT(binding.missing, ElementsAre("key.bias"));
  EXPECT_THAT(binding.unused, ElementsAre("extra.weight"));
}

TEST(BindTest, AShapeThatDoesNotFitNamesTensorFoundAndExpected) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  Tensors tensors = tiny_tensors(graph);
  tensors["query.weight"] = {{3, 12}, std::vector<float>(36)};  // as many numbers, another shape
  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tensors);
  const Error error = error_of([&] { bind(graph, checkpoint); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_EQ(error.parts().where, "query.weight");
  EXPECT_EQ(error.parts().got, "[3, 12]");
  EXPECT_EQ(error.parts().expected, "[6, 6]");
  EXPECT_EQ(error.parts().path, folder.path().string());
}

// Pack what the last state needs.
void pack(const graph::Graph& graph, const Tensors& tensors) {
  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tensors);
  const Binding binding = bind(graph, checkpoint);
  const graph::Schedule schedule = graph::schedule(graph, std::vector{graph.hidden_states.back()});
  Weights(graph, schedule, binding, {});
}

TEST(WeightsTest, AMissingWeightIsRefusedOnlyWhereItIsNeeded) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  Tensors tensors = tiny_tensors(graph);
  tensors.erase("value.weight");
  const Error error = error_of([&] { pack(graph, tensors); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("value.weight: the checkpoint has no such weight"));
  EXPECT_THAT(error.what(), HasSubstr("[6, 6]"));

  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tensors);
  const Binding binding = bind(graph, checkpoint);
  const graph::Schedule schedule = graph::schedule(graph, std::vector{graph.hidden_states.front()});
  EXPECT_NO_THROW(Weights(graph, schedule, binding, {}));
}

TEST(WeightsTest, WeightsThatAreNotFiniteAreRefusedByName) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const char* name : {"key.weight", "key.bias", "LayerNorm.weight", "LayerNorm.bias"}) {
      Tensors tensors = tiny_tensors(graph);
      tensors[name].second.back() = bad;
      const Error error = error_of([&] { pack(graph, tensors); });
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), HasSubstr(name));
      EXPECT_THAT(error.what(), HasSubstr("NaN or infinite"));
    }
  }
  EXPECT_NO_THROW(pack(graph, tiny_tensors(graph)));
}

TEST(WeightsTest, OnlyWhatTheScheduleNeedsIsPacked) {
  const graph::Graph graph = tiny_graph(ModelKind::head);
  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tiny_tensors(graph));
  const Binding binding = bind(graph, checkpoint);
  const auto bytes = [&](graph::ValueId value) {
    const graph::Schedule schedule = graph::schedule(graph, std::vector{value});
    return Weights(graph, schedule, binding, {}).bytes();
  };
  EXPECT_EQ(bytes(graph.hidden_states[0]), 0);
  EXPECT_GE(bytes(graph.hidden_states[1]), 3 * (36 + 6) * 4);
  EXPECT_GT(bytes(graph.scopes.back().output), bytes(graph.hidden_states[1]));
}

// The tensors with every number cut to bfloat16, written as such.
void write_as_bfloat16(const ScratchFolder& folder, const Tensors& tensors) {
  std::vector<files::TensorInfo> infos;
  std::vector<std::vector<std::uint16_t>> bits;
  for (const auto& [name, tensor] : tensors) {
    bits.emplace_back();
    for (const float x : tensor.second)
      bits.back().push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16));
  }
  std::size_t i = 0;
  for (const auto& [name, tensor] : tensors)
    infos.push_back({name, files::DType::bf16, tensor.first, std::as_bytes(std::span(bits[i++]))});
  folder.write("config.json", "{}");
  files::write_safetensors(folder.path() / "model.safetensors", infos, {}, files::Existing::replace);
}

TEST(WeightsTest, RowsOfATableAreReadAsTheyLieInTheFile) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  const Tensors tensors = tiny_tensors(graph);
  const ScratchFolder folder;
  write_as_bfloat16(folder, tensors);
  const files::Checkpoint checkpoint(folder.path());
  const Binding binding = bind(graph, checkpoint);
  const graph::Schedule schedule = graph::schedule(graph, std::vector{graph.hidden_states[0]});
  const Weights weights(graph, schedule, binding, {});
  EXPECT_LT(weights.bytes(), 6 * 6 * 4) << "no copy of a table";
  std::vector<float> row(6);
  weights.read_row(0, 10, row);
  for (std::size_t j = 0; j < 6; ++j) {
    const float exact = tensors.at("words.weight").second[60 + j];
    EXPECT_NEAR(row[j], exact, std::abs(exact) / 128);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(row[j]) & 0xFFFFu, 0u);
  }
}

TEST(WeightsTest, ProductsHoldWhatTheirPrecisionTakes) {
  const graph::Graph graph = tiny_graph(ModelKind::base);
  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tiny_tensors(graph));
  const Binding binding = bind(graph, checkpoint);
  const graph::Schedule schedule = graph::schedule(graph, std::vector{graph.hidden_states[1]});
  // Three weights [6, 6] with their biases.
  const std::vector<float> weight(36), bias(6);
  const kernels::DenseWeight one{.values = weight, .inputs = 6, .outputs = 6, .bias = bias};
  std::vector<std::int64_t> held;
  for (const auto precision : {kernels::GemmPrecision::float32, kernels::GemmPrecision::bfloat16}) {
    held.push_back(Weights(graph, schedule, binding, {}, precision).bytes());
    EXPECT_EQ(held.back(), 3 * kernels::pack_weight(one, kernels::best_gemm_backend(precision))->bytes());
  }
  EXPECT_LT(held[1], held[0]);
}

// A layer that projects tokens and a relative table, and one for the table alone.
TEST(WeightsTest, ALayerUsedForTokensAndForATableIsPackedOnce) {
  graph::Graph graph;
  graph.positions = 8;
  graph::Scope s(graph);
  const graph::Value table = s.table("rel", 4, 6);
  const graph::Value x = s.embedding("words", graph::Embedding::Index::token, 11, 6);
  const graph::Value key = s.linear("key", x, 6);
  const graph::RelativeTables tables{s.linear_again("key", table), s.linear("pos", table, 6), {.span = 2}};
  s.attend_by_distance({key, key, key}, {.heads = 2, .key_heads = 2, .head_width = 3}, tables);
  const ScratchFolder folder;
  const files::Checkpoint checkpoint = checkpoint_of(folder, tiny_tensors(graph));
  const Binding binding = bind(graph, checkpoint);
  const graph::Schedule schedule = graph::schedule(graph, std::vector{graph.nodes.back().output});
  const Weights weights(graph, schedule, binding, {});
  const auto node = static_cast<graph::NodeIndex>(graph.nodes.size() - 1);
  const AttentionTables& made = weights.tables(node);
  ASSERT_NE(made.keys, nullptr);
  ASSERT_NE(made.queries, nullptr);
  // What is left: the key layer once, and both packed tables; the layer for the table alone has done its
  // work.
  EXPECT_EQ(weights.bytes(), weights.packed(2).bytes() + made.keys->bytes() + made.queries->bytes());
}

TEST(WeightsTest, WhatSeveralCallsShareIsPackedOnce) {
  const auto bytes_of = [](std::int64_t calls) {
    graph::Graph graph;
    graph::Scope root(graph);
    graph::Value x = root.embedding("words", graph::Embedding::Index::token, 11, 6);
    for (std::int64_t i = 0; i < calls; ++i) {
      x = root.call(
          graph::name_of_call("layer", i, calls),
          [](graph::Scope s, graph::Value y) { return s.layer_norm("norm", s.linear("dense", y, 6), 1e-5); },
          x);
    }
    root.hidden_state(x);
    const ScratchFolder folder;
    const files::Checkpoint checkpoint = checkpoint_of(folder, tiny_tensors(graph));
    const graph::Schedule schedule = graph::schedule(graph, std::vector{x.id});
    EXPECT_EQ(schedule.segments.front().nodes.size(), static_cast<std::size_t>(1 + 2 * calls));
    return Weights(graph, schedule, bind(graph, checkpoint), {}).bytes();
  };
  EXPECT_GE(bytes_of(1), (36 + 6) * 4);
  EXPECT_EQ(bytes_of(5), bytes_of(1));
}

}  // namespace
}  // namespace sonde::engine
