// ModernBERT from its config alone: published counts, which layers see how far, biases, and configs that do
// not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// answerdotai/ModernBERT-base
nlohmann::json modernbert_base() {
  return {{"model_type", "modernbert"},
          {"architectures", {"ModernBertForMaskedLM"}},
          {"hidden_size", 768},
          {"num_hidden_layers", 22},
          {"num_attention_heads", 12},
          {"intermediate_size", 1152},
          {"vocab_size", 50368},
          {"max_position_embeddings", 8192},
          {"global_attn_every_n_layers", 3},
          {"global_rope_theta", 160000.0},
          {"local_attention", 128},
          {"local_rope_theta", 10000.0},
          {"norm_eps", 1e-5},
          {"layer_norm_eps", 1e-5},
          {"classifier_pooling", "mean"},
          {"tie_word_embeddings", true}};
}

nlohmann::json with_class(nlohmann::json config, const char* model_class) {
  config["architectures"] = {model_class};
  return config;
}

nlohmann::json three_layers() {
  nlohmann::json config = with_class(modernbert_base(), "ModernBertModel");
  config["num_hidden_layers"] = 3;
  return config;
}

// The second frequency of each layer's heads, whose base is the theta they turn by.
std::vector<double> thetas(const graph::Graph& graph, double head_width) {
  std::vector<double> found;
  for (const graph::Node& node : graph.nodes) {
    const auto* rotate = std::get_if<graph::Rotate>(&node.operation);
    if (rotate != nullptr) found.push_back(std::round(std::pow(rotate->frequencies[1], -head_width / 2.0)));
  }
  return found;
}

TEST(ModernBertTest, BaseHasItsPublishedParameterCountForEveryClass) {
  EXPECT_EQ(count_parameters(graph_of(with_class(modernbert_base(), "ModernBertModel"))), 149014272);
  EXPECT_EQ(count_parameters(graph_of(modernbert_base())), 149655232);
  EXPECT_EQ(count_parameters(graph_of(with_class(modernbert_base(), "ModernBertForSequenceClassification"))),
            149606402);
}

TEST(ModernBertTest, LargeHasItsPublishedParameterCount) {
  nlohmann::json config = modernbert_base();
  config.update({{"hidden_size", 1024},
                 {"intermediate_size", 2624},
                 {"num_hidden_layers", 28},
                 {"num_attention_heads", 16}});
  EXPECT_EQ(count_parameters(graph_of(config)), 395881664);
}

TEST(ModernBertTest, DefaultsAreThoseOfTransformers) {
  const graph::Graph graph =
      graph_of({{"model_type", "modernbert"}, {"architectures", {"ModernBertForMaskedLM"}}});
  EXPECT_EQ(count_parameters(graph), 149655232);
  EXPECT_EQ(attention_windows(graph), attention_windows(graph_of(modernbert_base())));
  EXPECT_EQ(thetas(graph, 64), thetas(graph_of(modernbert_base()), 64));
  EXPECT_EQ(graph.positions, 8192);
}

TEST(ModernBertTest, StatesAreTheEmbeddingsTheLayersAndTheFinalNorm) {
  const graph::Graph graph = graph_of(modernbert_base());
  ASSERT_EQ(graph.hidden_states.size(), 23u);
  EXPECT_EQ(graph.hidden_states[0], module_at(graph, "model.embeddings").output);
  EXPECT_EQ(graph.hidden_states[21], module_at(graph, "model.layers.20").output);
  EXPECT_EQ(graph.hidden_states[22], module_at(graph, "model.final_norm").output);
  // The first layer takes the embeddings as they are: they have their norm.
  EXPECT_EQ(module_at(graph, "model.layers.0.attn_norm").output, module_at(graph, "model.embeddings").output);
  EXPECT_EQ(module_at(graph, "model.layers.0.attn_norm").kind, "Identity");
  EXPECT_EQ(module_at(graph, "model.layers.1.attn_norm").kind, "LayerNorm");
}

TEST(ModernBertTest, EveryThirdLayerSeesTheWholeTextAndTheOthersHalfAWindowOnEitherSide) {
  nlohmann::json config = three_layers();
  config["num_hidden_layers"] = 5;
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(0, 65, 65, 0, 65));
  config["local_attention"] = 7;
  config["global_attn_every_n_layers"] = 2;
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(0, 4, 0, 4, 0));
  config["layer_types"] = {"sliding_attention", "full_attention", "full_attention", "full_attention",
                           "sliding_attention"};
  EXPECT_THAT(attention_windows(graph_of(config)), ElementsAre(4, 0, 0, 0, 4));
}

TEST(ModernBertTest, GlobalAndLocalLayersTurnByTheirOwnTheta) {
  // Query and key of each layer.
  EXPECT_THAT(thetas(graph_of(three_layers()), 64), ElementsAre(160000, 160000, 10000, 10000, 10000, 10000));
  nlohmann::json config = three_layers();
  config["rope_parameters"] = {{"full_attention", {{"rope_type", "default"}, {"rope_theta", 500.0}}},
                               {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 70.0}}}};
  EXPECT_THAT(thetas(graph_of(config), 64), ElementsAre(500, 500, 70, 70, 70, 70));
  // A kind that is not there keeps its older key, as does a theta.
  config["rope_parameters"] = {{"full_attention", {{"rope_type", "default"}}}};
  EXPECT_THAT(thetas(graph_of(config), 64), ElementsAre(160000, 160000, 10000, 10000, 10000, 10000));
}

TEST(ModernBertTest, BiasesAreWhereTheConfigPutsThem) {
  const auto sizes = [](const nlohmann::json& config) {
    const graph::Graph graph = graph_of(config);
    std::vector<std::size_t> counts;
    for (const char* path : {"model.embeddings.norm", "model.layers.1.attn.Wqkv", "model.layers.1.attn.Wo",
                             "model.layers.1.mlp.Wi", "model.layers.1.mlp.Wo", "model.final_norm",
                             "head.dense", "head.norm", "decoder"}) {
      counts.push_back(module_at(graph, path).parameters.size());
    }
    return counts;
  };
  EXPECT_THAT(sizes(modernbert_base()), ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 2));
  nlohmann::json config = modernbert_base();
  config["attention_bias"] = true;
  EXPECT_THAT(sizes(config), ElementsAre(1, 2, 2, 1, 1, 1, 1, 1, 2));
  config.update({{"attention_bias", false}, {"mlp_bias", true}, {"decoder_bias", false}});
  EXPECT_THAT(sizes(config), ElementsAre(1, 1, 1, 2, 2, 1, 1, 1, 1));
  config.update({{"mlp_bias", false}, {"norm_bias", true}, {"classifier_bias", true}});
  EXPECT_THAT(sizes(config), ElementsAre(2, 1, 1, 1, 1, 2, 2, 2, 1));
}

TEST(ModernBertTest, ConfigsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal_of(modernbert_base(), "num_attention_heads", 7).what(),
              HasSubstr("a divisor of hidden_size 768"));
  EXPECT_THAT(refusal_of(modernbert_base(), "num_attention_heads", 256).what(), HasSubstr("even width"));
  EXPECT_THAT(refusal_of(three_layers(), "layer_types", {"full_attention"}).what(), HasSubstr("1 entries"));
  EXPECT_THAT(
      refusal_of(three_layers(), "layer_types", {"full_attention", "chunked_attention", "full_attention"})
          .what(),
      HasSubstr("chunked_attention"));
  EXPECT_THAT(refusal_of(three_layers(), "rope_parameters",
                         {{"full_attention", {{"rope_type", "dynamic"}, {"rope_theta", 5.0}}}})
                  .what(),
              HasSubstr("dynamic"));
  EXPECT_THAT(refusal_of(with_class(modernbert_base(), "ModernBertForSequenceClassification"),
                         "classifier_pooling", "max")
                  .what(),
              HasSubstr("expected cls or mean"));
  refusal_of(modernbert_base(), "local_attention", 0);
  refusal_of(modernbert_base(), "global_attn_every_n_layers", 0);
  refusal_of(modernbert_base(), "global_rope_theta", -1.0);
  refusal_of(modernbert_base(), "hidden_activation", "swiglu");
}

}  // namespace
}  // namespace sonde::models
