// Which files of real repositories' lists are chosen.
#include "sonde/hub/model_files.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"

namespace sonde::hub {
namespace {

using testing::ElementsAre, testing::IsEmpty;

TEST(ModelFiles, SafetensorsComeBeforeEverythingElse) {
  const std::vector<std::string> names = {"README.md",         "config.json",           "flax_model.msgpack",
                                          "model.onnx",        "model.safetensors",     "onnx/config.json",
                                          "pytorch_model.bin", "rust_model.ot",         "tf_model.h5",
                                          "tokenizer.json",    "tokenizer_config.json", "vocab.txt"};
  const ModelFiles whole = choose_model_files(names, ModelPart::whole);
  EXPECT_THAT(whole.names, ElementsAre("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
                                       "model.safetensors"));
  EXPECT_THAT(whole.missing, IsEmpty());
  EXPECT_EQ(whole.index, "");
  for (const ModelPart part : {ModelPart::config, ModelPart::tokenizer}) {
    EXPECT_THAT(choose_model_files(names, part).names,
                ElementsAre("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"));
  }
  const std::vector<std::string> bare = {"config.json", "model.safetensors"};
  EXPECT_THAT(choose_model_files(bare, ModelPart::config).names, ElementsAre("config.json"));
  EXPECT_THAT(choose_model_files(bare, ModelPart::config).missing, IsEmpty());
}

TEST(ModelFiles, AnIndexStandsForItsShards) {
  const std::vector<std::string> names = {"config.json", "model-00001-of-00002.safetensors",
                                          "model-00002-of-00002.safetensors", "model.safetensors.index.json",
                                          "pytorch_model.bin"};
  EXPECT_EQ(choose_model_files(names, ModelPart::whole).index, "model.safetensors.index.json");
  const std::vector<std::string> old = {"config.json", "pytorch_model-00001-of-00001.bin",
                                        "pytorch_model.bin.index.json", "spm.model"};
  EXPECT_EQ(choose_model_files(old, ModelPart::whole).index, "pytorch_model.bin.index.json");
}

TEST(ModelFiles, AGgufFileStandsForAllWhenItIsTheOnlyOne) {
  const std::vector<std::string> one = {"README.md", "m.Q8_0.gguf", "old/m.Q4_0.gguf"};
  for (const ModelPart part : {ModelPart::whole, ModelPart::config, ModelPart::tokenizer}) {
    EXPECT_THAT(choose_model_files(one, part).names, ElementsAre("m.Q8_0.gguf"));
    EXPECT_THAT(choose_model_files(one, part).missing, IsEmpty());
  }
  const std::vector<std::string> several = {"m.Q4_0.gguf", "m.Q8_0.gguf"};
  EXPECT_THAT(choose_model_files(several, ModelPart::whole).names, IsEmpty());
  const std::vector<std::string> beside = {"config.json", "m.Q8_0.gguf", "model.safetensors"};
  EXPECT_THAT(choose_model_files(beside, ModelPart::whole).names,
              ElementsAre("config.json", "model.safetensors"));
}

TEST(ModelFiles, WhatIsMissingIsNamed) {
  const std::vector<std::string> nothing = {"README.md"};
  EXPECT_THAT(choose_model_files(nothing, ModelPart::config).missing, ElementsAre("config.json"));
  EXPECT_EQ(choose_model_files(nothing, ModelPart::whole).missing.size(), 2u);
  EXPECT_EQ(choose_model_files(nothing, ModelPart::tokenizer).missing.size(), 1u);
}

TEST(ModelFiles, Shards) {
  EXPECT_THAT(shards_of(R"({"weight_map": {"x": "b", "y": "a", "z": "b"}})", "i"), ElementsAre("a", "b"));
  for (const char* bad : {"", "[]", "{}", R"({"weight_map": []})", R"({"weight_map": {"x": 1}})",
                          R"({"weight_map": {"x": "../a"}})", R"({"weight_map": {"x": "a/b"}})",
                          R"({"weight_map": {"x": "C:a"}})"}) {
    EXPECT_THROW(shards_of(bad, "i"), Error) << bad;
  }
}

}  // namespace
}  // namespace sonde::hub
