// Addresses of the small models: every way to write one, what patterns leave out, and what a wrong one
// answers.
#include "sonde/capture/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "../files/scratch_folder.h"
#include "sonde/capture/language_model.h"

namespace sonde::capture {
namespace {

using files::error_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const graph::Graph& model(const std::string& name) {
  static std::map<std::string, graph::Graph> graphs;
  auto found = graphs.find(name);
  if (found == graphs.end()) {
    const auto folder = std::filesystem::path(SONDE_TEST_DATA) / "models" / name;
    found = graphs.emplace(name, read_graph(folder)).first;
  }
  return found->second;
}

Resolution resolved(const std::string& name, std::vector<std::string> asked) {
  return resolve(model(name), asked);
}

std::vector<std::string> names(const std::string& name, std::vector<std::string> asked) {
  std::vector<std::string> result;
  for (const Address& address : resolved(name, std::move(asked)).addresses) result.push_back(address.name);
  return result;
}

graph::ValueId value(const std::string& name, const std::string& asked) {
  const Resolution resolution = resolved(name, {asked});
  EXPECT_EQ(resolution.addresses.size(), 1u) << asked;
  return resolution.addresses.at(0).value;
}

TEST(AddressTest, HiddenStatesCountFromEitherEndAndInRanges) {
  EXPECT_THAT(names("bert", {"hidden[*]"}), ElementsAre("hidden[0]", "hidden[1]", "hidden[2]", "hidden[3]"));
  EXPECT_THAT(names("bert", {"hidden[-1]"}), ElementsAre("hidden[3]"));
  EXPECT_THAT(names("bert", {"hidden[1:3]"}), ElementsAre("hidden[1]", "hidden[2]"));
  EXPECT_EQ(value("bert", "hidden[-1]"), model("bert").hidden_states[3]);
}

TEST(AddressTest, OutputIsTheDefaultPort) {
  EXPECT_THAT(names("gpt2", {"transformer.h.1.mlp.output"}), ElementsAre("transformer.h.1.mlp"));
  EXPECT_EQ(value("gpt2", "transformer.h.1.mlp"), value("gpt2", "transformer.h.1.mlp.output"));
  EXPECT_THAT(names("gpt2", {"transformer.h.1.mlp.input"}), ElementsAre("transformer.h.1.mlp.input"));
  EXPECT_EQ(value("gpt2", "transformer.h.1.mlp.input"), value("gpt2", "transformer.h.1.ln_2"));
}

TEST(AddressTest, ModulesThatAreCalledOutputWinOverThePort) {
  EXPECT_THAT(names("bert", {"encoder.layer.1.output"}), ElementsAre("encoder.layer.1.output"));
  EXPECT_THAT(names("bert", {"encoder.layer.1.output.output"}), ElementsAre("encoder.layer.1.output"));
  EXPECT_THAT(names("bert", {"encoder.layer.1.attention.output"}),
              ElementsAre("encoder.layer.1.attention.output"));
  EXPECT_THAT(names("bert", {"encoder.layer.1.attention.self.output"}),
              ElementsAre("encoder.layer.1.attention.self"));
  EXPECT_EQ(value("bert", "encoder.layer.1.output"), value("bert", "encoder.layer.1"));
  EXPECT_EQ(value("bert", "encoder.layer.1.output.input"), value("bert", "encoder.layer.1.intermediate"));
}

TEST(AddressTest, TheBasePrefixMayBeThereOrNot) {
  EXPECT_THAT(names("gpt2", {"h.1.mlp", "transformer.h.1.mlp"}), ElementsAre("transformer.h.1.mlp"));
  EXPECT_THAT(names("gpt2_options", {"transformer.h.1.mlp", "h.1.mlp"}), ElementsAre("h.1.mlp"));
  EXPECT_THAT(names("llama_gqa", {"layers.0.mlp.act_fn"}), ElementsAre("model.layers.0.mlp.act_fn"));
  EXPECT_THAT(names("bert_mlm", {"encoder.layer.0"}), ElementsAre("bert.encoder.layer.0"));
  EXPECT_THAT(names("bert_mlm", {"cls.predictions"}), ElementsAre("cls.predictions"));
}

TEST(AddressTest, AliasesStandForTheirModules) {
  EXPECT_THAT(names("gpt2", {"embed", "layers[-1]", "layers[0].attn", "layers[1].mlp", "final_norm"}),
              ElementsAre("transformer.drop", "transformer.h.1", "transformer.h.0.attn",
                          "transformer.h.1.mlp", "transformer.ln_f"));
  EXPECT_THAT(names("bert", {"layers[0].attn", "layers[0].mlp"}),
              ElementsAre("encoder.layer.0.attention.output.dense", "encoder.layer.0.output.dense"));
  EXPECT_THAT(names("llama_gqa", {"layers[*].mlp.act_fn"}),
              ElementsAre("model.layers.0.mlp.act_fn", "model.layers.1.mlp.act_fn"));
  EXPECT_THAT(names("llama_gqa", {"layers[1].mlp.input"}), ElementsAre("model.layers.1.mlp.input"));
  EXPECT_THAT(names("llama_gqa", {"layers[0].input_layernorm"}),
              ElementsAre("model.layers.0.input_layernorm"));
}

TEST(AddressTest, PatternsGiveTheModelsOrderAndEachAddressOnce) {
  EXPECT_THAT(names("gpt2", {"h.*.mlp"}), ElementsAre("transformer.h.0.mlp", "transformer.h.1.mlp"));
  EXPECT_THAT(names("gpt2", {"transformer.h.1.mlp, h.*.mlp"}),
              ElementsAre("transformer.h.1.mlp", "transformer.h.0.mlp"));
  EXPECT_THAT(names("gpt2", {"**.act"}), ElementsAre("transformer.h.0.mlp.act", "transformer.h.1.mlp.act"));
  EXPECT_THAT(names("gpt2", {"h.*.ln_*.input"}),
              ElementsAre("transformer.h.0.ln_1.input", "transformer.h.0.ln_2.input",
                          "transformer.h.1.ln_1.input", "transformer.h.1.ln_2.input"));
}

TEST(AddressTest, TwoStarsAreEveryModuleWithOneVectorPerTokenAndNameTheRest) {
  const Resolution all = resolved("bert", {"**"});
  EXPECT_THAT(all.left_out, ElementsAre("pooler", "pooler.dense", "pooler.activation"));
  std::set<std::string> found;
  for (const Address& address : all.addresses) {
    EXPECT_EQ(address.rows, graph::RowSpace::token) << address.name;
    found.insert(address.name);
  }
  std::size_t expected = 0;
  for (const graph::ScopeRecord& scope : model("bert").scopes) expected += !scope.path.starts_with("pooler");
  EXPECT_EQ(found.size(), expected);
  EXPECT_THAT(found, Not(Contains("encoder.layer.0.attention.self.weights")));
  EXPECT_THAT(resolved("gpt2", {"**"}).left_out, IsEmpty());
}

TEST(AddressTest, APlainAddressMayHaveOneVectorPerText) {
  const Resolution pooler = resolved("bert", {"pooler"});
  EXPECT_THAT(pooler.left_out, IsEmpty());
  EXPECT_EQ(pooler.addresses.at(0).rows, graph::RowSpace::sequence);
}

TEST(AddressTest, InnerValuesAnswerToTheirOwnName) {
  EXPECT_THAT(names("bert", {"encoder.layer.0.attention.self.weights"}),
              ElementsAre("encoder.layer.0.attention.self.weights"));
  EXPECT_EQ(resolved("gpt2", {"h.0.attn.weights"}).addresses.at(0).rows, graph::RowSpace::pair);
  EXPECT_THAT(names("llama_gqa", {"layers.*.resid_mid"}),
              ElementsAre("model.layers.0.resid_mid", "model.layers.1.resid_mid"));
  EXPECT_THAT(names("gpt2", {"**.heads"}),
              ElementsAre("transformer.h.0.attn.heads", "transformer.h.1.attn.heads"));
}

TEST(AddressTest, CallsOfOneModuleAreToldApartByNumber) {
  EXPECT_THAT(names("albert", {"encoder.albert_layer_groups.0[1].albert_layers.0.ffn"}),
              ElementsAre("encoder.albert_layer_groups.0[1].albert_layers.0.ffn"));
  EXPECT_THAT(names("albert", {"albert.encoder.albert_layer_groups.0[-1].output"}),
              ElementsAre("encoder.albert_layer_groups.0[2]"));
  EXPECT_THAT(names("albert", {"encoder.albert_layer_groups.0[1:].albert_layers.0.input"}),
              ElementsAre("encoder.albert_layer_groups.0[1].albert_layers.0.input",
                          "encoder.albert_layer_groups.0[2].albert_layers.0.input"));
  EXPECT_THAT(names("albert", {"encoder.albert_layer_groups.*[0].albert_layers.0.attention.weights"}),
              ElementsAre("encoder.albert_layer_groups.0[0].albert_layers.0.attention.weights"));
  EXPECT_THAT(names("albert", {"**.ffn"}),
              ElementsAre("encoder.albert_layer_groups.0[0].albert_layers.0.ffn",
                          "encoder.albert_layer_groups.0[1].albert_layers.0.ffn",
                          "encoder.albert_layer_groups.0[2].albert_layers.0.ffn"));
  // Two groups, the first called twice; two layers in each.
  EXPECT_THAT(names("albert_groups", {"encoder.albert_layer_groups.1"}),
              ElementsAre("albert.encoder.albert_layer_groups.1"));
  EXPECT_THAT(names("albert_groups", {"layers[3]", "layers[-1].attn"}),
              ElementsAre("albert.encoder.albert_layer_groups.0[1].albert_layers.1",
                          "albert.encoder.albert_layer_groups.1.albert_layers.1.attention.dense"));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(value("albert_groups", "layers[" + std::to_string(i) + "]"),
              model("albert_groups").hidden_states[static_cast<std::size_t>(i) + 1]);
  }
}

TEST(AddressTest, WithoutItsNumberACallIsRefusedByName) {
  for (const std::string plain : {"encoder.albert_layer_groups.0", "albert.encoder.albert_layer_groups.0",
                                  "encoder.albert_layer_groups.0.albert_layers.0.ffn.output",
                                  "encoder.albert_layer_groups.0.albert_layers.0.attention.weights"}) {
    const Error error = error_of([&] { resolved("albert", {plain}); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_EQ(error.parts().what, "one pass calls this module 3 times") << plain;
    EXPECT_THAT(error.parts().expected, HasSubstr("encoder.albert_layer_groups.0[0]"));
    EXPECT_THAT(error.parts().expected, HasSubstr("up to [2]"));
  }
  for (const char* bad : {"encoder.albert_layer_groups.0[3]", "encoder.albert_layer_groups.0[x].ffn",
                          "encoder.albert_layer_groups.0[0].nothing", "embeddings[0]"}) {
    EXPECT_EQ(error_of([&] { resolved("albert", {bad}); }).code(), ErrorCode::usage) << bad;
  }
}

TEST(AddressTest, AnUnknownAddressAnswersWithThreeNear) {
  const Error error = error_of([] { resolved("gpt2", {"transformer.h.1.mpl"}); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.what(),
              HasSubstr("address 'transformer.h.1.mpl': nothing in GPT2LMHeadModel has this address"));
  EXPECT_THAT(error.what(), HasSubstr("'transformer.h.1.mlp'"));
  EXPECT_EQ(std::count(error.parts().hint.begin(), error.parts().hint.end(), '\''), 6);
}

TEST(AddressTest, WhatIsNowhereIsRefused) {
  for (const char* bad :
       {"hidden[3]", "hidden[]", "hidden[x]", "hidden", "hidden[0].mlp", "layers[2]", "h.2", "**.nothing",
        "h.*.nothing", "layers[0].nothing", "states[0]", "5", "h.0.mlp.outputs"}) {
    EXPECT_EQ(error_of([&] { resolved("gpt2", {bad}); }).code(), ErrorCode::usage) << bad;
  }
}

TEST(AddressTest, TheInputOfATableOfTokensIsNoTensor) {
  const Error error = error_of([] { resolved("gpt2", {"wte.input"}); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.what(), HasSubstr("takes token ids"));
}

TEST(AddressTest, TablesThatNoTextChangesAreLeftOutAndRefusedByName) {
  const Resolution all =
      resolved("deberta_v2", {"deberta.encoder.*,deberta.encoder.layer.0.attention.self.*"});
  EXPECT_THAT(all.left_out, ElementsAre("deberta.encoder.rel_embeddings", "deberta.encoder.LayerNorm",
                                        "deberta.encoder.layer.0.attention.self.pos_dropout",
                                        "deberta.encoder.layer.0.attention.self.dropout"));
  EXPECT_THAT(names("deberta_v2", {"encoder.conv"}), ElementsAre("deberta.encoder.conv"));
  for (const char* table : {"encoder.LayerNorm", "encoder.LayerNorm.input"}) {
    const Error error = error_of([&] { resolved("deberta_v2", {table}); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("no text changes"));
  }
  EXPECT_THAT(error_of([] { resolved("deberta_v2", {"encoder.rel_embeddings"}); }).what(),
              HasSubstr("never calls"));
}

TEST(AddressTest, EveryListedAddressResolvesToItself) {
  for (const char* name : {"deberta_v2", "bert", "bert_mlm", "gpt2", "gpt2_options", "llama_gqa", "llama_mha",
                           "albert", "albert_groups"}) {
    for (const Address& address : all_addresses(model(name))) {
      const Resolution back = resolved(name, {address.name});
      ASSERT_EQ(back.addresses.size(), 1u) << address.name;
      EXPECT_EQ(back.addresses[0].name, address.name);
      EXPECT_EQ(back.addresses[0].value, address.value) << address.name;
    }
  }
}

}  // namespace
}  // namespace sonde::capture
