// DeBERTa-v2 from its config alone: the parameter table of the published xxlarge, the count of v3-base,
// states, what has no vectors per token, and configs that must be refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_for_tests.h"
#include "sonde/graph/cost.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

// microsoft/deberta-v2-xxlarge as its masked language model.
nlohmann::json deberta_xxlarge() {
  return {{"model_type", "deberta-v2"},
          {"architectures", {"DebertaV2ForMaskedLM"}},
          {"hidden_size", 1536},
          {"num_hidden_layers", 48},
          {"num_attention_heads", 24},
          {"attention_head_size", 64},
          {"intermediate_size", 6144},
          {"vocab_size", 128100},
          {"max_position_embeddings", 512},
          {"type_vocab_size", 0},
          {"layer_norm_eps", 1e-7},
          {"hidden_act", "gelu"},
          {"relative_attention", true},
          {"position_buckets", 256},
          {"norm_rel_ebd", "layer_norm"},
          {"share_att_key", true},
          {"pos_att_type", "p2c|c2p"},
          {"max_relative_positions", -1},
          {"position_biased_input", false},
          {"conv_kernel_size", 3},
          {"conv_act", "gelu"}};
}

// microsoft/deberta-v3-base, which names no class.
nlohmann::json deberta_v3_base() {
  nlohmann::json config = deberta_xxlarge();
  for (const char* key : {"architectures", "attention_head_size", "conv_kernel_size", "conv_act"})
    config.erase(key);
  config["hidden_size"] = 768;
  config["num_hidden_layers"] = 12;
  config["num_attention_heads"] = 12;
  config["intermediate_size"] = 3072;
  return config;
}

// Numbers of the parameters at a module and below it.
std::int64_t parameters_of(const graph::Graph& graph, const std::string& path) {
  std::int64_t count = 0;
  for (const graph::ScopeRecord& scope : graph.scopes) {
    if (scope.path != path && !scope.path.starts_with(path + ".")) continue;
    for (const graph::ParameterId id : scope.parameters) count += graph.parameter(id).size();
  }
  return count;
}

const graph::Attend& first_attention(const graph::Graph& graph) {
  for (const graph::Node& node : graph.nodes) {
    if (const auto* attend = std::get_if<graph::Attend>(&node.operation)) return *attend;
  }
  throw std::out_of_range("no attention");
}

TEST(DebertaV2Test, XxlargeHasItsPublishedParameterTable) {
  const graph::Graph graph = graph_of(deberta_xxlarge());
  EXPECT_EQ(parameters_of(graph, "deberta.embeddings.word_embeddings"), 196761600);
  EXPECT_EQ(parameters_of(graph, "deberta.embeddings"), 196761600 + 3072);
  EXPECT_EQ(parameters_of(graph, "deberta.encoder.rel_embeddings"), 786432);
  EXPECT_EQ(parameters_of(graph, "deberta.encoder.LayerNorm"), 3072);
  EXPECT_EQ(parameters_of(graph, "deberta.encoder.conv"), 7082496);
  for (int i = 0; i < 48; ++i)
    EXPECT_EQ(parameters_of(graph, "deberta.encoder.layer." + std::to_string(i)), 28331520);
  EXPECT_EQ(parameters_of(graph, "cls.predictions.transform"), 2363904);
  EXPECT_EQ(parameters_of(graph, "cls.predictions.decoder"), 196889700);
  // As listed, the decoder beside the table it shares; then each number once.
  EXPECT_EQ(parameters_of(graph, "deberta") + parameters_of(graph, "cls"), 1763803236);
  EXPECT_EQ(count_parameters(graph), 1567041636);
}

TEST(DebertaV2Test, V3BaseHasItsPublishedParameterCount) {
  EXPECT_EQ(count_parameters(graph_of(deberta_v3_base())), 183831552);
}

TEST(DebertaV2Test, FortyNineStatesOfWidth1536AndTheConvolutionInTheSecond) {
  const graph::Graph graph = graph_of(deberta_xxlarge());
  ASSERT_EQ(graph.hidden_states.size(), 49u);
  for (const graph::ValueId state : graph.hidden_states) EXPECT_EQ(graph.value(state).width, 1536);
  EXPECT_EQ(graph.layers, 48);
  EXPECT_EQ(graph.positions, 512);
  EXPECT_EQ(graph.hidden_states[1], module_at(graph, "deberta.encoder.conv").output);
  EXPECT_EQ(module_at(graph, "deberta.encoder.conv").input, graph.hidden_states[0]);
  EXPECT_NE(graph.hidden_states[1], module_at(graph, "deberta.encoder.layer.0").output);
  EXPECT_EQ(graph.hidden_states[2], module_at(graph, "deberta.encoder.layer.1").output);
}

TEST(DebertaV2Test, TheRelativeTableIsNoValueOfTokens) {
  const graph::Graph graph = graph_of(deberta_xxlarge());
  EXPECT_EQ(module_at(graph, "deberta.encoder.rel_embeddings").output, graph::kNoValue);
  const graph::ValueRecord& table = graph.value(module_at(graph, "deberta.encoder.LayerNorm").output);
  EXPECT_EQ(table.rows, graph::RowSpace::table);
  EXPECT_EQ(table.table_rows, 512);
  const graph::DistanceTables& distances = first_attention(graph).distances;
  EXPECT_EQ(graph.value(distances.keys).rows, graph::RowSpace::table);
  EXPECT_EQ(graph.value(distances.queries).rows, graph::RowSpace::table);
}

// What the published model summary says of one text of 256 tokens: it counts the tied decoder again, and
// every output twice, for the gradients.
TEST(DebertaV2Test, XxlargeCostsWhatItsPublishedSummarySays) {
  const graph::Graph graph = graph_of(deberta_xxlarge());
  EXPECT_EQ(graph::parameter_count(graph), 1'567'041'636);
  EXPECT_EQ(graph::listed_parameter_count(graph), 1'763'803'236);
  const std::int64_t outputs = graph::activation_count(graph, {.texts = 1, .tokens = 256});
  EXPECT_NEAR(2.0 * sizeof(float) * static_cast<double>(outputs) / 1e6, 2552.44, 0.005);
}

TEST(DebertaV2Test, ScoresAreScaledByTheKindsOfTermsNamed) {
  nlohmann::json config = deberta_xxlarge();
  EXPECT_FLOAT_EQ(first_attention(graph_of(config)).shape.scale, 1 / std::sqrt(64.0f * 3));
  config["pos_att_type"] = {"C2P"};
  EXPECT_FLOAT_EQ(first_attention(graph_of(config)).shape.scale, 1 / std::sqrt(64.0f * 2));
  EXPECT_EQ(first_attention(graph_of(config)).distances.queries, graph::kNoValue);
  config["pos_att_type"] = nullptr;
  EXPECT_FLOAT_EQ(first_attention(graph_of(config)).shape.scale, 1 / std::sqrt(64.0f));
  config["pos_att_type"] = "p2c|c2p";
  config["relative_attention"] = false;
  EXPECT_FLOAT_EQ(first_attention(graph_of(config)).shape.scale, 1 / std::sqrt(64.0f * 3));
  EXPECT_EQ(first_attention(graph_of(config)).distances.keys, graph::kNoValue);
}

TEST(DebertaV2Test, SeparateProjectionsAndPositionsAddTheirParameters) {
  nlohmann::json config = deberta_v3_base();
  const std::int64_t plain = count_parameters(graph_of(config));
  config["share_att_key"] = false;
  EXPECT_EQ(count_parameters(graph_of(config)), plain + 12 * 2 * (768 * 768 + 768));
  config["share_att_key"] = true;
  config["position_biased_input"] = true;
  EXPECT_EQ(count_parameters(graph_of(config)), plain + 512 * 768);
  config["type_vocab_size"] = 2;
  EXPECT_EQ(count_parameters(graph_of(config)), plain + 514 * 768);
}

TEST(DebertaV2Test, AClassifierHasAsManyOutputsAsLabels) {
  nlohmann::json config = deberta_v3_base();
  config["architectures"] = {"DebertaV2ForSequenceClassification"};
  EXPECT_EQ(graph_of(config).value(module_at(graph_of(config), "classifier").output).width, 2);
  config["id2label"] = {{"0", "a"}, {"1", "b"}, {"2", "c"}};
  EXPECT_EQ(graph_of(config).value(module_at(graph_of(config), "classifier").output).width, 3);
  EXPECT_THAT(refusal_of(config, "id2label", {"a", "b"}).what(), HasSubstr("an object"));
}

TEST(DebertaV2Test, ConfigsThatDoNotFitAreRefused) {
  const nlohmann::json config = deberta_xxlarge();
  EXPECT_THAT(refusal_of(config, "num_attention_heads", 7).what(),
              HasSubstr("a divisor of hidden_size 1536"));
  EXPECT_THAT(refusal_of(config, "attention_head_size", 32).what(), HasSubstr("got 32"));
  EXPECT_THAT(refusal_of(config, "conv_kernel_size", 4).what(), HasSubstr("an odd number"));
  EXPECT_THAT(refusal_of(config, "conv_groups", 2).what(), HasSubstr("'conv_groups'"));
  EXPECT_THAT(refusal_of(config, "position_buckets", 1).what(), HasSubstr("'position_buckets'"));
  EXPECT_THAT(refusal_of(config, "position_buckets", 1022).what(), HasSubstr("'position_buckets'"));
  EXPECT_THAT(refusal_of(config, "max_position_embeddings", 100000).what(), HasSubstr("at most 8192"));
  EXPECT_THAT(refusal_of(config, "pooler_hidden_size", 7).what(), HasSubstr("hidden_size 1536"));
  EXPECT_THAT(refusal_of(config, "pos_att_type", 3).what(), HasSubstr("'pos_att_type'"));
  refusal_of(config, "max_relative_positions", 7.5);
  refusal_of(config, "conv_kernel_size", -1);
  nlohmann::json new_head = config;
  new_head["legacy"] = false;
  EXPECT_THAT(refusal_of(new_head, "embedding_size", 128).what(), HasSubstr("'embedding_size'"));
}

}  // namespace
}  // namespace sonde::models
