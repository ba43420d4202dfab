// Opening model folders: what is missing is named, checkpoints under other names give the same numbers, and
// counts come from the config.
#include "sonde/capture/language_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "../files/scratch_folder.h"
#include "golden_model.h"
#include "sonde/capture/capture.h"
#include "sonde/files/safetensors_writer.h"
#include "sonde/graph/cost.h"

namespace sonde::capture {
namespace {

using files::error_of;
using sonde::testing::GoldenModel;
using ::testing::HasSubstr;

TEST(LanguageModelTest, MissingFoldersAndConfigsAreNamed) {
  const files::ScratchFolder folder;
  Error error = error_of([&] { LanguageModel(folder.path() / "nowhere"); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("no such model folder"));
  error = error_of([&] { LanguageModel(folder.path()); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("no config.json"));
  folder.write("config.json", R"({"model_type": "bert"})");
  EXPECT_NO_THROW(read_graph(folder.path()));
  EXPECT_EQ(error_of([&] { LanguageModel(folder.path()); }).code(), ErrorCode::input);
}

TEST(LanguageModelTest, PadsAreTheTokenizersTokenElseTheConfigsElseTheEnd) {
  const files::ScratchFolder folder;
  std::filesystem::copy(GoldenModel("gpt2").folder(), folder.path(),
                        std::filesystem::copy_options::recursive);
  nlohmann::json config = nlohmann::json::parse(std::ifstream(folder.path() / "config.json"));
  const auto pad_of = [&] {
    folder.write("config.json", config.dump());
    return LanguageModel(folder.path()).pad_token();
  };
  config["eos_token_id"] = 3;
  config.erase("pad_token_id");
  EXPECT_EQ(pad_of(), 3);
  config["pad_token_id"] = 5;
  EXPECT_EQ(pad_of(), 5);
  const auto specials = LanguageModel(folder.path()).open_tokenizer().description().special_tokens;
  folder.write("tokenizer_config.json", nlohmann::json{{"pad_token", specials[0].token}}.dump());
  EXPECT_EQ(pad_of(), specials[0].id);
  folder.write("tokenizer_config.json", "{}");
  config.erase("pad_token_id");
  config.erase("eos_token_id");
  EXPECT_THAT(error_of(pad_of).what(), HasSubstr("no token to pad with"));
}

// Copy a golden model with its tensors renamed, and capture its last state.
std::vector<float> last_state(const std::string& name,
                              const std::function<std::string(std::string)>& rename) {
  const GoldenModel golden(name);
  const LanguageModel original(golden.folder());
  const files::ScratchFolder folder;
  std::vector<files::TensorInfo> tensors(original.checkpoint().tensors().begin(),
                                         original.checkpoint().tensors().end());
  for (files::TensorInfo& tensor : tensors) tensor.name = rename(tensor.name);
  files::write_safetensors(folder.path() / "model.safetensors", tensors, {});
  folder.write("config.json", original.checkpoint().read_text("config.json"));
  const LanguageModel model(folder.path());
  EXPECT_THAT(model.binding().missing, ::testing::IsEmpty());
  EXPECT_THAT(model.binding().unused, ::testing::IsEmpty());
  const std::vector<std::string> asked = {"hidden[-1]"};
  const std::vector<Activations> got = Capture(model, resolve(model.graph(), asked).addresses, {})
                                           .run(golden.batch(golden.all_texts()), "mean", {});
  return {got[0].values.data(), got[0].values.data() + got[0].values.rows() * got[0].values.cols()};
}

std::string same(std::string name) { return name; }

TEST(LanguageModelTest, CheckpointsWithAndWithoutTheBasePrefixAreTheSameModel) {
  EXPECT_EQ(last_state("bert", [](std::string name) { return "bert." + name; }), last_state("bert", same));
  EXPECT_EQ(last_state("gpt2", [](std::string name) { return "transformer." + name; }),
            last_state("gpt2", same));
  EXPECT_EQ(last_state("llama_gqa", [](std::string name) { return name.substr(name.find('.') + 1); }),
            last_state("llama_gqa", same));
}

TEST(LanguageModelTest, TheOldestBertFilesSayGammaAndBeta) {
  const auto old = [](std::string name) {
    if (name.ends_with("LayerNorm.weight")) return name.replace(name.size() - 6, 6, "gamma");
    if (name.ends_with("LayerNorm.bias")) return name.replace(name.size() - 4, 4, "beta");
    return name;
  };
  EXPECT_EQ(last_state("bert", old), last_state("bert", same));
}

TEST(LanguageModelTest, CountsEveryNumberOnce) {
  for (const char* name : {"bert", "gpt2_options", "llama_gqa", "llama_mha", "llama3_rope"}) {
    const LanguageModel model(GoldenModel(name).folder());
    std::int64_t stored = 0;
    for (const files::TensorInfo& tensor : model.checkpoint().tensors()) {
      const bool counted =
          std::ranges::find(model.binding().tensors, &tensor) != model.binding().tensors.end();
      if (counted) stored += files::element_count(tensor);
    }
    EXPECT_EQ(graph::parameter_count(model.graph()), stored) << name;
  }
}

TEST(LanguageModelTest, LongestTextIsBoundByTheModelsPositions) {
  const LanguageModel model(GoldenModel("bert").folder());
  const text::Tokenizer tokenizer = model.open_tokenizer();
  EXPECT_EQ(model.max_length(5, tokenizer), 5);
  EXPECT_EQ(model.max_length(17, tokenizer), 17);
  EXPECT_LE(model.max_length(0, tokenizer), 17);
  EXPECT_GT(model.max_length(0, tokenizer), 0);
  const Error error = error_of([&] { model.max_length(18, tokenizer); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_EQ(error.parts().expected, "at most 17");
}

std::vector<float> states_of(const LanguageModel& model, const text::TokenBatch& batch) {
  const std::vector<std::string> asked = {"hidden[*]"};
  std::vector<float> all;
  for (const Activations& a :
       Capture(model, resolve(model.graph(), asked).addresses, {}).run(batch, "mean", {}))
    all.insert(all.end(), a.values.data(), a.values.data() + a.values.rows() * a.values.cols());
  return all;
}

// A model whose checkpoint holds the numbers that a fresh one draws must be that model, bit for bit: norms
// with and without offset, tables by distance, convolutions, tied heads.
TEST(LanguageModelTest, AFreshModelIsTheModelOfTheNumbersItDraws) {
  for (const char* name : {"bert", "gpt2", "gemma2", "deberta_v2", "albert_groups"}) {
    SCOPED_TRACE(name);
    const GoldenModel golden(name);
    const LanguageModel trained(golden.folder());
    const graph::Graph& graph = trained.graph();
    const engine::FreshWeights drawn(graph, 0.05, 7);
    std::vector<std::vector<float>> values;
    std::vector<files::TensorInfo> tensors;
    for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
      values.emplace_back(static_cast<std::size_t>(graph.parameters[i].size()));
      drawn.write(static_cast<graph::ParameterId>(i), 0, values.back());
    }
    for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
      tensors.push_back({graph.parameters[i].name, files::DType::f32, graph.parameters[i].shape,
                         std::as_bytes(std::span(values[i]))});
    }
    const files::ScratchFolder folder;
    files::write_safetensors(folder.path() / "model.safetensors", tensors, {});
    auto config = nlohmann::json::parse(trained.checkpoint().read_text("config.json"));
    config["initializer_range"] = 0.05;
    folder.write("config.json", config.dump());
    const text::TokenBatch batch = golden.batch(golden.all_texts());
    const std::vector<float> got = states_of(LanguageModel(folder.path(), FreshSeed{7}), batch);
    EXPECT_EQ(got, states_of(LanguageModel(folder.path()), batch));
    EXPECT_NE(got, states_of(trained, batch));
    EXPECT_NE(got, states_of(LanguageModel(folder.path(), FreshSeed{8}), batch));
  }
}

}  // namespace
}  // namespace sonde::capture
