// The catalogue of architectures: what it names, what it refuses, and that every memory plan of every one
// holds.
#include "sonde/models/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "../graph/memory_check.h"
#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

TEST(ArchitectureTest, EveryEntryBuildsEveryClassItNames) {
  const std::pair<std::string, nlohmann::json> configs[] = {
      {"bert", bert_base()}, {"gpt2", gpt2_small()}, {"llama", llama_1b()}};
  ASSERT_EQ(architectures().size(), std::size(configs));
  for (const Architecture* entry : architectures()) {
    for (auto [type, config] : configs) {
      if (entry->model_type != type) continue;
      for (const std::string_view model_class : entry->classes) {
        config["architectures"] = {model_class};
        EXPECT_EQ(graph_of(config).model_class, model_class);
      }
      config.erase("architectures");
      EXPECT_EQ(graph_of(config).model_class, entry->classes.front());
    }
  }
}

TEST(ArchitectureTest, AnUnknownTypeAnswersWithTheNearestAndAll) {
  const Error error = refusal_of(bert_base(), "model_type", "bret");
  EXPECT_THAT(error.what(), HasSubstr("no architecture 'bret'"));
  EXPECT_THAT(error.what(), HasSubstr("one of bert, gpt2, llama"));
  EXPECT_THAT(error.what(), HasSubstr("did you mean 'bert'"));
  refusal_of(bert_base(), "model_type", nullptr);
}

TEST(ArchitectureTest, AnUnknownClassAnswersWithTheKnownOnes) {
  EXPECT_THAT(refusal_of(bert_base(), "architectures", {"BertForSequenceClassification"}).what(),
              HasSubstr("expected one of BertModel, BertForMaskedLM, BertForPreTraining"));
}

TEST(ArchitectureTest, EveryModuleIsNamedOnceAndHasALivingInputAndOutput) {
  for (const nlohmann::json& config : {bert_base(), gpt2_small(), llama_1b()}) {
    const graph::Graph graph = graph_of(config);
    std::set<std::string> names;
    for (const graph::ScopeRecord& scope : graph.scopes) {
      EXPECT_TRUE(names.insert(scope.path).second) << scope.path;
      EXPECT_LT(scope.output, static_cast<graph::ValueId>(graph.values.size()));
    }
    for (const graph::Alias& alias : graph.aliases) {
      std::string path = alias.path;
      if (const std::size_t at = path.find("{i}"); at != std::string::npos) path.replace(at, 3, "0");
      EXPECT_TRUE(names.contains(path)) << alias.name << " stands for " << path;
    }
  }
}

TEST(ArchitectureTest, NoLiveValueIsOverwrittenWhateverIsAskedFor) {
  for (const char* name : {"bert", "bert_mlm", "gpt2", "gpt2_options", "llama_gqa", "llama_mha"}) {
    std::ifstream stream(std::string(SONDE_TEST_DATA) + "/models/" + name + "/config.json");
    graph::check_many_schedules(graph_of(nlohmann::json::parse(stream)));
    ASSERT_FALSE(HasFailure()) << name;
  }
}

}  // namespace
}  // namespace sonde::models
